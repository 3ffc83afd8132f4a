/** A part that a caller asks for; without `last`, to the end. */
export interface AskedRange {
  readonly first: number;
  readonly last: number | undefined;
}

/**
 * One range that is counted from the start: `bytes=5-9`, `bytes=5-`. Undefined for several, for a
 * suffix, and for what is none: those are for the upstream to understand.
 */
export function parseRange(header: string): AskedRange | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header.trim());
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === '' ? undefined : Number(match[2]);
  return last !== undefined && last < first ? undefined : { first, last };
}

/** Whether a caller asks for more than one part at once. */
export function isSeveral(header: string | undefined): boolean {
  return header?.includes(',') === true;
}
