import {
  type AccessRecord,
  type AnswerOutcome,
  classifyAnswer,
  SAVING_OUTCOMES,
} from '@registry-cache/domain';
import { decodeLine } from '@registry-cache/follow';

/** An hour in milliseconds: the history counts by hours. */
export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The name of an upstream by its id; undefined for one that is not served. */
export type NameOf = (upstreamId: string) => string | undefined;

export interface HourRow {
  readonly key: readonly [hour: number, upstream: string, kind: string, outcome: string];
  requests: number;
  bytes: number;
  ms: number;
}

export interface PullRow {
  readonly key: readonly [day: number, upstream: string, repository: string, reference: string];
  pulls: number;
  misses: number;
  lastMs: number;
}

export interface PullerRow {
  readonly key: readonly [day: number, upstream: string, repository: string, who: string];
  pulls: number;
  lastMs: number;
}

/** A request that was no hit, or took long. */
export interface RequestRow {
  readonly atMs: number;
  readonly request: string;
  readonly upstream: string;
  readonly repository: string;
  readonly reference: string;
  readonly digest: string;
  readonly kind: string;
  readonly method: string;
  readonly status: number;
  readonly outcome: string;
  readonly ms: number;
  readonly firstByteMs: number;
  readonly bytes: number;
  readonly who: string;
  readonly way: string;
}

/** Counts over some lines of the access log. */
export interface AccessBatch {
  readonly hours: ReadonlyMap<string, HourRow>;
  readonly pulls: ReadonlyMap<string, PullRow>;
  readonly pullers: ReadonlyMap<string, PullerRow>;
  /** Requests that are kept one by one, in the order of the log. */
  readonly requests: readonly RequestRow[];
}

const MAX_LINE_LENGTH = 64 * 1024;
const MAX_WHO_LENGTH = 100;

/**
 * Counts the answers in lines of the access log. Names that clients made up do not count by
 * themselves: upstreams are those that are served, and images are those that clients got.
 *
 * @param nowMs the time for lines of a later one, which a clock that was ahead has written.
 */
export function countLines(lines: readonly string[], nameOf: NameOf, nowMs: number): AccessBatch {
  const batch = {
    hours: new Map<string, HourRow>(),
    pulls: new Map<string, PullRow>(),
    pullers: new Map<string, PullerRow>(),
    requests: [] as RequestRow[],
  };
  for (const line of lines) {
    const record = parseRecord(line);
    const timeMs = Math.min(nowMs, Date.parse(String(record?.time)));
    if (record === undefined || Number.isNaN(timeMs)) continue;
    const { outcome, kind, upstream: id } = classifyAnswer(record);
    const upstream = nameOf(id) ?? '';
    const hour = rowOf(batch.hours, [Math.floor(timeMs / HOUR_MS), upstream, kind, outcome], {
      ...{ requests: 0, bytes: 0, ms: 0 },
    });
    hour.requests += 1;
    hour.bytes += toCount(record.bytes);
    hour.ms += toCount(record.ms);
    if (upstream !== '' && isKept(outcome, record)) {
      batch.requests.push(toRequest(record, { timeMs, upstream, kind, outcome }));
    }
    const isGot = outcome === 'miss' || SAVING_OUTCOMES.includes(outcome);
    if (kind !== 'manifest' || record.method !== 'GET' || !isGot || upstream === '') continue;
    const { repository = '', reference = '', user, client } = record;
    const day = Math.floor(timeMs / DAY_MS);
    const pull = rowOf(batch.pulls, [day, upstream, repository, reference], {
      ...{ pulls: 0, misses: 0, lastMs: 0 },
    });
    pull.pulls += 1;
    if (outcome === 'miss') pull.misses += 1;
    pull.lastMs = Math.max(pull.lastMs, timeMs);
    const who = (user || client || '').slice(0, MAX_WHO_LENGTH);
    const puller = rowOf(batch.pullers, [day, upstream, repository, who], { pulls: 0, lastMs: 0 });
    puller.pulls += 1;
    puller.lastMs = Math.max(puller.lastMs, timeMs);
  }
  return batch;
}

/** A hit that took longer is kept, so that somebody can be told why. */
const SLOW_MS = 1_000;

function isKept(outcome: AnswerOutcome, { ms }: Partial<AccessRecord>): boolean {
  if (outcome === 'miss' || outcome === 'stale' || outcome === 'failed') return true;
  return outcome === 'hit' && toCount(ms) >= SLOW_MS;
}

/** The request of a line of the access log; undefined for text of another form. */
export function parseRequest(line: string, nameOf: NameOf): RequestRow | undefined {
  const record = parseRecord(line);
  const timeMs = Date.parse(String(record?.time));
  if (record === undefined || Number.isNaN(timeMs)) return undefined;
  const { outcome, kind, upstream: id } = classifyAnswer(record);
  return toRequest(record, { timeMs, upstream: nameOf(id) ?? '', kind, outcome });
}

const MAX_TEXT_LENGTH = 255;

function toRequest(
  record: Partial<AccessRecord>,
  about: { timeMs: number; upstream: string; kind: string; outcome: string },
): RequestRow {
  const { timeMs: atMs, upstream, kind, outcome } = about;
  const text = (value: unknown) => String(value ?? '').slice(0, MAX_TEXT_LENGTH);
  const { id, repository, reference, digest, method, user, client, way } = record;
  const [ms, firstByteMs] = [toCount(record.ms), toCount(record.firstByteMs)];
  return {
    ...{ atMs, request: text(id), upstream, repository: text(repository) },
    ...{ reference: text(reference), digest: text(digest), kind, method: text(method) },
    ...{ status: toCount(record.status), outcome, ms },
    // The edge takes both from clocks of their own, so the first byte may be a millisecond late.
    ...{ firstByteMs: Math.min(firstByteMs, ms), bytes: toCount(record.bytes) },
    ...{ who: (user || client || '').slice(0, MAX_WHO_LENGTH), way: text(way) },
  };
}

function rowOf<K extends readonly unknown[], R extends object>(
  rows: Map<string, R & { readonly key: K }>,
  key: K,
  empty: R,
): R & { readonly key: K } {
  const text = key.join('\n');
  const known = rows.get(text);
  if (known !== undefined) return known;
  const row = { ...empty, key };
  rows.set(text, row);
  return row;
}

function parseRecord(line: string): Partial<AccessRecord> | undefined {
  if (line.length > MAX_LINE_LENGTH) return undefined;
  try {
    const record: unknown = JSON.parse(decodeLine(line));
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}

function toCount(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
