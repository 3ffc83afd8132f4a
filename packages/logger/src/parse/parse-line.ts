import { type AccessRecord, isDigest } from '@registry-cache/domain';

/** Content of the store that was served. */
export interface Served {
  readonly kind: 'blob' | 'manifest';
  readonly digest: string;
  /** The arrival of the request, in epoch milliseconds. */
  readonly timeMs: number;
}

export const MAX_LINE_LENGTH = 64 * 1024;
const SERVED_STATUS: ReadonlySet<unknown> = new Set([200, 206, 304]);

/**
 * Reads the served content out of a line of the access log.
 *
 * @returns undefined for a failed request, and for one of another kind; `garbage` for text that is
 * not a line of the access log.
 */
export function parseLine(line: string): Served | 'garbage' | undefined {
  const record = line.length > MAX_LINE_LENGTH ? undefined : parseJson(line);
  if (typeof record !== 'object' || record === null) return 'garbage';
  const { kind, status, digest, time } = record as Partial<AccessRecord>;
  if (kind !== 'blob' && kind !== 'manifest') return undefined;
  if (!SERVED_STATUS.has(status)) return undefined;
  // It becomes part of a path later, so it must be a digest.
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const timeMs = Date.parse(String(time));
  return Number.isNaN(timeMs) ? 'garbage' : { kind, digest, timeMs };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
