import { waitAtMost } from '@registry-cache/runtime';
import { type Check, type CheckContext, type CheckOutcome, notTried } from './check.ts';
import type { CheckName } from './faults/fault.ts';

export type CheckReport = CheckOutcome & { readonly check: CheckName };

/** A name that is silent, a registry that is silent, and a token service: all within this time. */
const WITHIN_MS = 45_000;

/** Runs checks at the same time. One that fails or is late is told as not tried. */
export async function runChecks(
  checks: readonly Check[],
  context: CheckContext,
  withinMs = WITHIN_MS,
): Promise<CheckReport[]> {
  return Promise.all(
    checks.map(async ({ name, run }) => {
      const late = () => notTried(`no result within ${withinMs / 1000}s`);
      const outcome = await waitAtMost(withinMs, run(context), late).catch((error: unknown) =>
        notTried(error instanceof Error ? error.message : String(error)),
      );
      return { check: name, ...outcome };
    }),
  );
}

/** Whether something keeps clients from images, or soon will. */
export function hasError(reports: readonly CheckReport[]): boolean {
  return reports.some(
    (one) => one.kind === 'tried' && one.findings.some(({ severity }) => severity === 'error'),
  );
}
