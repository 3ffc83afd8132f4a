export type { Victim } from './plan/explain-victims.ts';
export { type Limits, planLimits } from './plan/limits.ts';
export type { Problem } from './problems.ts';
export { type Preview, previewRun } from './run/preview.ts';
export { type RunOptions, type RunReport, runOnce } from './run/run-once.ts';
export { StoreMissingError } from './scan/measure-store.ts';
