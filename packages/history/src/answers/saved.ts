import type { DatabaseSync } from 'node:sqlite';
import { SAVING_OUTCOMES } from '@registry-cache/domain';
import { HOUR_MS } from '../ingest/access-batch.ts';

/** Savings of the cache in a time. */
export interface Saved {
  /** Requests for images that got content: hits, misses and stale. */
  readonly requests: number;
  /** Those that no upstream was asked for. */
  readonly savedRequests: number;
  readonly bytes: number;
  readonly savedBytes: number;
  /**
   * About how much longer clients would have waited: the time that misses of the same upstream and
   * kind took in the last week, for each byte of a blob and for each other answer, less the time
   * that the hits took. An upstream without misses counts as no time.
   */
  readonly savedMs: number;
}

export interface SavedByUpstream extends Saved {
  readonly upstream: string;
}

const WEEK_HOURS = 7 * 24;
/** Kinds that are content of images. */
export const IMAGE_KINDS = ['blob', 'manifest', 'tags', 'referrers'];

/** Savings since a time, of each upstream, the largest first. The hour of it counts whole. */
export function askSaved(
  database: DatabaseSync,
  sinceMs: number,
  nowMs: number,
): SavedByUpstream[] {
  const nowHour = Math.floor(nowMs / HOUR_MS);
  const rows = readHours(database, Math.floor(sinceMs / HOUR_MS), nowHour);
  const paces = findPaces(readHours(database, nowHour - WEEK_HOURS, nowHour));
  const found = new Map<string, SavedByUpstream>();
  for (const row of rows) {
    const { upstream, kind, outcome, requests, bytes, ms } = row;
    const known = found.get(upstream) ?? { upstream, ...NOTHING };
    const isSaved = SAVING_OUTCOMES.some((one) => one === outcome);
    const pace = paces.get(`${upstream}\n${kind}`);
    const missMs = pace === undefined ? 0 : kind === 'blob' ? bytes * pace : requests * pace;
    found.set(upstream, {
      upstream,
      requests: known.requests + requests,
      savedRequests: known.savedRequests + (isSaved ? requests : 0),
      bytes: known.bytes + bytes,
      savedBytes: known.savedBytes + (isSaved ? bytes : 0),
      savedMs: known.savedMs + (isSaved ? Math.max(0, Math.round(missMs - ms)) : 0),
    });
  }
  return [...found.values()].sort((one, other) => other.savedBytes - one.savedBytes);
}

const NOTHING: Saved = {
  requests: 0,
  savedRequests: 0,
  bytes: 0,
  savedBytes: 0,
  savedMs: 0,
};

export function sumSaved(parts: readonly Saved[]): Saved {
  return parts.reduce<Saved>((sum, part) => {
    return {
      requests: sum.requests + part.requests,
      savedRequests: sum.savedRequests + part.savedRequests,
      bytes: sum.bytes + part.bytes,
      savedBytes: sum.savedBytes + part.savedBytes,
      savedMs: sum.savedMs + part.savedMs,
    };
  }, NOTHING);
}

interface Hours {
  readonly upstream: string;
  readonly kind: string;
  readonly outcome: string;
  readonly requests: number;
  readonly bytes: number;
  readonly ms: number;
}

/** Hours after the last one are those of a clock that was ahead. */
function readHours(database: DatabaseSync, fromHour: number, lastHour: number): Hours[] {
  const marks = IMAGE_KINDS.map(() => '?').join();
  return database
    .prepare(
      `SELECT upstream, kind, outcome, sum(requests) AS requests, sum(bytes) AS bytes, sum(ms) AS ms
       FROM hours WHERE hour BETWEEN ? AND ? AND kind IN (${marks}) AND outcome IN ('hit', 'miss', 'stale')
       GROUP BY upstream, kind, outcome`,
    )
    .all(fromHour, lastHour, ...IMAGE_KINDS) as unknown as Hours[];
}

/** Milliseconds of a miss for each byte of a blob, or for each other answer. */
function findPaces(rows: readonly Hours[]): ReadonlyMap<string, number> {
  const misses = rows.filter(({ outcome, bytes }) => outcome === 'miss' && bytes > 0);
  return new Map(
    misses.map(({ upstream, kind, requests, bytes, ms }) => {
      return [`${upstream}\n${kind}`, ms / (kind === 'blob' ? bytes : requests)];
    }),
  );
}
