export type { Victim } from './plan/explain-victims.ts';
export { type DiskRoom, type Limits, planLimits } from './plan/limits.ts';
export type { Problem } from './problems.ts';
export { type Preview, previewRun } from './run/preview.ts';
export { readDisk } from './run/read-disk.ts';
export { type RunOptions, type RunReport, runOnce } from './run/run-once.ts';
export { StoreMissingError } from './scan/measure-store.ts';
