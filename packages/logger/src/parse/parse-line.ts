import { type AccessRecord, isDigest } from '@registry-cache/domain';

/** Something in the store that was served. */
export interface Served {
  readonly kind: 'blob' | 'manifest';
  readonly digest: string;
  /** When it was asked for. */
  readonly timeMs: number;
}

export const MAX_LINE_LENGTH = 64 * 1024;
const SERVED_STATUS: ReadonlySet<unknown> = new Set([200, 206, 304]);

/**
 * What a line of the access log says was served; nothing where it was something else that was
 * asked for, or where it failed.
 *
 * @returns `garbage` for what is not a line of the access log.
 */
export function parseLine(line: string): Served | 'garbage' | undefined {
  const record = line.length > MAX_LINE_LENGTH ? undefined : parseJson(line);
  if (typeof record !== 'object' || record === null) return 'garbage';
  const { kind, status, digest, time } = record as Partial<AccessRecord>;
  if (kind !== 'blob' && kind !== 'manifest') return undefined;
  if (!SERVED_STATUS.has(status)) return undefined;
  // A path is built from it later: nothing but a digest gets through.
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
