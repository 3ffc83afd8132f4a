export type { CheckContext } from './check.ts';
export { CHECKS } from './checks.ts';
export { CHECK_NAMES, type Fault } from './faults/fault.ts';
export { FAULTS } from './faults/faults.ts';
export { formatReport } from './format-report.ts';
export { tryRegistries } from './registries/try-registries.ts';
export { type CheckReport, hasError, runChecks } from './run-checks.ts';
