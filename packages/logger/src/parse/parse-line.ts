import {
  type AccessRecord,
  type AnswerClass,
  classifyAnswer,
  isDigest,
} from '@registry-cache/domain';

/** Content of the store that was served. */
export interface Served {
  readonly kind: 'blob' | 'manifest';
  readonly digest: string;
  /** The arrival of the request, in epoch milliseconds. */
  readonly timeMs: number;
}

/** A request of the access log, as it is counted. */
export interface Answer extends AnswerClass {
  readonly method: string;
  /** Bytes sent to the client; 0 if the line does not tell. */
  readonly bytes: number;
  /** Milliseconds to the last byte and to the first one; undefined if there was none. */
  readonly ms: number | undefined;
  readonly firstByteMs: number | undefined;
}

export interface Line {
  readonly answer: Answer;
  /** Undefined for a failed request, and for one of another kind. */
  readonly served?: Served | undefined;
}

export const MAX_LINE_LENGTH = 64 * 1024;
const SERVED_STATUS: ReadonlySet<unknown> = new Set([200, 206, 304]);

/**
 * Reads one line of the access log.
 *
 * @returns `garbage` for text that is not a line of the access log.
 */
export function parseLine(line: string): Line | 'garbage' {
  const record = line.length > MAX_LINE_LENGTH ? undefined : parseJson(line);
  if (typeof record !== 'object' || record === null) return 'garbage';
  const served = readServed(record);
  return served === 'garbage' ? served : { answer: readAnswer(record), served };
}

function readServed({
  kind,
  status,
  digest,
  time,
}: Partial<AccessRecord>): Line['served'] | 'garbage' {
  if (kind !== 'blob' && kind !== 'manifest') return undefined;
  if (!SERVED_STATUS.has(status)) return undefined;
  // It becomes part of a path later, so it must be a digest.
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const timeMs = Date.parse(String(time));
  return Number.isNaN(timeMs) ? 'garbage' : { kind, digest, timeMs };
}

function readAnswer(record: Partial<AccessRecord>): Answer {
  const { method, bytes, ms, firstByteMs } = record;
  return {
    ...classifyAnswer(record),
    method: typeof method === 'string' ? method : '',
    bytes: readCount(bytes) ?? 0,
    ms: readCount(ms),
    firstByteMs: readCount(firstByteMs),
  };
}

/** HAProxy writes -1 or null for what did not happen. */
export function readCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
