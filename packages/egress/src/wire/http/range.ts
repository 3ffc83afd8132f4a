/** A requested part of a body. Without `last` it goes to the end. */
export interface RequestedRange {
  readonly first: number;
  readonly last: number | undefined;
}

/**
 * One range that is counted from the start: `bytes=5-9`, `bytes=5-`. Undefined for several ranges,
 * for a suffix and for other text. The upstream answers those.
 */
export function parseRange(header: string): RequestedRange | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header.trim());
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === '' ? undefined : Number(match[2]);
  return last !== undefined && last < first ? undefined : { first, last };
}

/** Whether a Range header asks for several parts. */
export function isMultiRange(header: string | undefined): boolean {
  return header?.includes(',') === true;
}
