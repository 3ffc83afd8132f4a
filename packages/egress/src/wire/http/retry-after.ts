/** However long an upstream wants to be left alone, it is asked again after this. */
export const LONGEST_PAUSE_MS = 60_000;

/** No number of seconds is that large: it is a point in time, as some registries send. */
const EPOCH_FROM_S = 1_000_000_000;

/**
 * Milliseconds that a Retry-After header asks for: a number of seconds, a date, or seconds since the
 * epoch; undefined for none of them.
 * Source: RFC 9110, 10.2.3, for the first two.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) {
    const seconds = Number(header);
    return seconds < EPOCH_FROM_S ? seconds * 1000 : Math.max(0, seconds * 1000 - nowMs);
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Seconds as the header has them, never 0: that would be an invitation. */
export function formatRetryAfter(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
