import { formatIssue, InvalidInputError } from '@registry-cache/domain';

/** The lines of a failure for people: one for each issue, or the message and its hint. */
export function formatFailure(error: unknown): string[] {
  if (error instanceof InvalidInputError) return error.issues.map(formatIssue);
  if (!(error instanceof Error)) return [String(error)];
  const { hint } = error as { hint?: unknown };
  return typeof hint === 'string' ? [error.message, hint] : [error.message];
}
