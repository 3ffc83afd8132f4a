import { escapeUnprintable, formatIssue, InvalidInputError } from '@registry-cache/domain';

/**
 * The lines of a failure for people: one for each issue, or the message and its hint. Names in them
 * may come from outside, so a terminal must not obey them.
 */
export function formatFailure(error: unknown): string[] {
  return listLines(error).flatMap((text) => text.split('\n').map(escapeUnprintable));
}

function listLines(error: unknown): string[] {
  if (error instanceof InvalidInputError) return error.issues.map(formatIssue);
  if (!(error instanceof Error)) return [String(error)];
  const { hint } = error as { hint?: unknown };
  return typeof hint === 'string' ? [error.message, hint] : [error.message];
}
