/** A part of a body: first and last byte, and the size of the whole body if it is known. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
  readonly total: number | undefined;
}

/** `bytes 0-99/200` or `bytes 0-99/*`. Source: RFC 9110, section 14.4. */
export function parseContentRange(header: string | undefined): ByteRange | undefined {
  const match = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? undefined : Number(match[3]);
  if (last < first || (total !== undefined && last >= total)) return undefined;
  return { first, last, total };
}

/** The size in the Content-Range of a 416: `bytes`, a star for the range, `/` and the size. */
export function parseUnsatisfiedSize(header: string | undefined): number | undefined {
  const match = /^bytes\s+\*\/(\d+)$/.exec(header?.trim() ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** Content-Length as a number. Undefined if it is not one. */
export function parseLength(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
