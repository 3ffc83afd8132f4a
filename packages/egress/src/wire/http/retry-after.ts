/** Longest pause. An upstream that asks for a longer one still gets a request after this. */
export const LONGEST_PAUSE_MS = 60_000;

/** A number this large is no pause but a point in time, as some registries send it. */
const EPOCH_FROM_S = 1_000_000_000;

/**
 * The pause of a Retry-After header in milliseconds. The header holds a number of seconds, a date, or
 * seconds since the epoch. Undefined for other text.
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

/** A pause as whole seconds for the header. Never 0, because clients would come back at once. */
export function formatRetryAfter(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}
