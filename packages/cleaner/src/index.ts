export { type DiskSpace as DiskRoom, diskSpace, isShortOfInodes } from './plan/disk-space.ts';
export type { Victim } from './plan/explain-victims.ts';
export { type Limits, planLimits } from './plan/limits.ts';
export type { Problem } from './problems.ts';
export { describeEvictions } from './run/describe-evictions.ts';
export { type Preview, previewRun } from './run/preview.ts';
export { type RunOptions, type RunReport, runOnce } from './run/run-once.ts';
export { StoreMissingError } from './scan/measure-store.ts';
export { readDisk } from './scan/read-disk.ts';
export { createPolitePace } from './verify/polite-pace.ts';
export {
  type DamagedBlob,
  type VerifyProgress,
  type VerifyReport,
  verifyStore,
} from './verify/verify-store.ts';
