import type { DatabaseSync } from 'node:sqlite';
import { SAVING_OUTCOMES } from '@registry-cache/domain';
import { HOUR_MS } from '../ingest/access-batch.ts';
import { IMAGE_KINDS } from './saved.ts';

/** Figures of one hour. Requests are those that `askSaved` counts. */
export interface TrendPoint {
  /** The begin of the hour. */
  readonly atMs: number;
  readonly requests: number;
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly bytes: number;
  readonly savedBytes: number;
  /** The last size of the store that the hour had; null in an hour without a look at it. */
  readonly usedBytes: number | null;
  readonly limitBytes: number | null;
}

export interface TrendWanted {
  readonly nowMs: number;
  /** The number of points. The hour that runs is the last one. */
  readonly hours: number;
  /** Only the requests of this upstream. */
  readonly upstream?: string | undefined;
}

/** The last hours, the oldest first. Hours in which nothing happened have a point too. */
export function askTrend(
  database: DatabaseSync,
  { nowMs, hours, upstream }: TrendWanted,
): TrendPoint[] {
  const lastHour = Math.floor(nowMs / HOUR_MS);
  const firstHour = lastHour - hours + 1;
  const points = new Map<number, TrendPoint>();
  for (let hour = firstHour; hour <= lastHour; hour += 1) {
    points.set(hour, { ...NOTHING, atMs: hour * HOUR_MS });
  }
  for (const { hour, outcome, requests, bytes } of readOutcomes(database, firstHour, upstream)) {
    const point = points.get(hour);
    // A wrong clock may have left hours of the future.
    if (point === undefined) continue;
    const isSaved = SAVING_OUTCOMES.some((one) => one === outcome);
    points.set(hour, {
      ...point,
      requests: point.requests + requests,
      [COUNTS[outcome]]: requests,
      bytes: point.bytes + bytes,
      savedBytes: point.savedBytes + (isSaved ? bytes : 0),
    });
  }
  for (const { hour, ...sizes } of readSizes(database, firstHour)) {
    const point = points.get(hour);
    if (point !== undefined) points.set(hour, { ...point, ...sizes });
  }
  return [...points.values()];
}

const NOTHING = {
  ...{ requests: 0, hits: 0, misses: 0, stale: 0, bytes: 0, savedBytes: 0 },
  ...{ usedBytes: null, limitBytes: null },
};

const COUNTS = { hit: 'hits', miss: 'misses', stale: 'stale' } as const;

interface Outcomes {
  readonly hour: number;
  readonly outcome: keyof typeof COUNTS;
  readonly requests: number;
  readonly bytes: number;
}

function readOutcomes(
  database: DatabaseSync,
  firstHour: number,
  upstream: string | undefined,
): Outcomes[] {
  const marks = IMAGE_KINDS.map(() => '?').join();
  const ofUpstream = upstream === undefined ? '' : 'AND upstream = ?';
  return database
    .prepare(
      `SELECT hour, outcome, sum(requests) AS requests, sum(bytes) AS bytes FROM hours
       WHERE hour >= ? AND kind IN (${marks}) AND outcome IN ('hit', 'miss', 'stale') ${ofUpstream}
       GROUP BY hour, outcome`,
    )
    .all(
      ...[firstHour, ...IMAGE_KINDS],
      ...(upstream === undefined ? [] : [upstream]),
    ) as unknown as Outcomes[];
}

interface Sizes {
  readonly hour: number;
  readonly usedBytes: number;
  readonly limitBytes: number;
}

function readSizes(database: DatabaseSync, firstHour: number): Sizes[] {
  return database
    .prepare('SELECT hour, usedBytes, limitBytes FROM sizes WHERE hour >= ?')
    .all(firstHour) as unknown as Sizes[];
}
