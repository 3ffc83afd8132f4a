import { type AccessRecord, classifyAnswer, SAVING_OUTCOMES } from '@registry-cache/domain';
import { decodeLine } from '@registry-cache/follow';

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

/** Counts over some lines of the access log. */
export interface AccessBatch {
  readonly hours: ReadonlyMap<string, HourRow>;
  readonly pulls: ReadonlyMap<string, PullRow>;
  readonly pullers: ReadonlyMap<string, PullerRow>;
}

const MAX_LINE_LENGTH = 64 * 1024;
const MAX_WHO_LENGTH = 100;

/**
 * Counts the answers in lines of the access log. Names that clients made up do not count by
 * themselves: upstreams are those that are served, and images are those that clients got.
 */
export function countLines(lines: readonly string[], nameOf: NameOf): AccessBatch {
  const batch = {
    hours: new Map<string, HourRow>(),
    pulls: new Map<string, PullRow>(),
    pullers: new Map<string, PullerRow>(),
  };
  for (const line of lines) {
    const record = parseRecord(line);
    const timeMs = Date.parse(String(record?.time));
    if (record === undefined || Number.isNaN(timeMs)) continue;
    const { outcome, kind, upstream: id } = classifyAnswer(record);
    const upstream = nameOf(id) ?? '';
    const hour = rowOf(batch.hours, [Math.floor(timeMs / HOUR_MS), upstream, kind, outcome], {
      ...{ requests: 0, bytes: 0, ms: 0 },
    });
    hour.requests += 1;
    hour.bytes += toCount(record.bytes);
    hour.ms += toCount(record.ms);
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
