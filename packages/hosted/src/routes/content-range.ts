/** A part of an upload as a client announces it: both ends included. */
export interface ChunkRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads `Content-Range: 0-99` of a chunk, `bytes 0-99/*` included. Undefined for anything else.
 * Source: OCI distribution specification 1.1, "Pushing a blob in chunks".
 */
export function parseChunkRange(text: string): ChunkRange | undefined {
  const [, start = '', end = ''] =
    /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(text) ?? [];
  if (start === '' || Number(end) < Number(start)) return undefined;
  return { start: Number(start), end: Number(end) };
}
