export {
  type ExplainDeps,
  type ExplainedReference,
  explainReference,
  type UpstreamPlace,
} from './explain-reference.ts';
export { EXPLAIN_FACTS } from './facts.ts';
export { findReason } from './requests/find-reason.ts';
export { findSlowness } from './requests/find-slowness.ts';
export type { AskedCaller } from './rights/find-caller.ts';
