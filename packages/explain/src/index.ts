export {
  type ExplainDeps,
  type ExplainedReference,
  explainReference,
  type UpstreamPlace,
} from './explain-reference.ts';
export { EXPLAIN_FACTS } from './facts.ts';
export type { AskedCaller } from './rights/find-caller.ts';
