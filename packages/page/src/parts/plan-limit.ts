/** How many entries a list shows at first, and after each wish for more. */
export const LIMITS: readonly number[] = [50, 200, 1_000];

/** The next larger limit; undefined behind the last one. */
export function nextLimit(limit: number): number | undefined {
  return LIMITS.find((one) => one > limit);
}

/** The text at the end of a list, once somebody wished for more. */
export function formatEnd(shown: number, limit: number): string {
  const count = shown.toLocaleString('en');
  // The browser would become slow with more of them.
  return shown < limit
    ? `All ${count} are shown.`
    : `The newest ${count} are shown; the command has --limit.`;
}
