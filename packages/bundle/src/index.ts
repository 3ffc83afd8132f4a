export {
  allReferences,
  BundleCollector,
  type BundlePlan,
  type Lacking,
} from './collect/collect-bundle.ts';
export { readRepository } from './collect/read-repository.ts';
export { verifyBundle } from './verify/verify-bundle.ts';
export type { VerifyResult } from './verify/verify-run.ts';
export { exportFolder } from './write/export-folder.ts';
export { exportParts } from './write/export-parts.ts';
export type { ExportResult, ExportRun } from './write/export-run.ts';
export { exportStream } from './write/export-stream.ts';
