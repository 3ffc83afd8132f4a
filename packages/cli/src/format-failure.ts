import { formatIssue, InvalidInputError } from '@registry-cache/domain';

/** What a person is told of a failure: a line for each thing to mend, and what may help. */
export function formatFailure(error: unknown): string[] {
  if (error instanceof InvalidInputError) return error.issues.map(formatIssue);
  if (!(error instanceof Error)) return [String(error)];
  const { hint } = error as { hint?: unknown };
  return typeof hint === 'string' ? [error.message, hint] : [error.message];
}
