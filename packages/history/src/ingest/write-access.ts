import type { DatabaseSync } from 'node:sqlite';
import { keepNewest } from '../database/roll.ts';
import type { AccessBatch, RequestRow } from './access-batch.ts';

/** The most images, and the most pairs of repository and puller, that one day has by name. */
const MAX_ROWS_A_DAY = 20_000;

/** Adds counts of the access log. What a day has too many of counts without a name. */
export function writeAccess(
  database: DatabaseSync,
  { hours, pulls, pullers, requests }: AccessBatch,
  maxRowsADay = MAX_ROWS_A_DAY,
): void {
  const hour = database.prepare(`
    INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      requests = requests + excluded.requests, bytes = bytes + excluded.bytes, ms = ms + excluded.ms`);
  for (const { key, requests, bytes, ms } of hours.values()) hour.run(...key, requests, bytes, ms);

  const pull = database.prepare(`
    INSERT INTO pulls VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      pulls = pulls + excluded.pulls, misses = misses + excluded.misses,
      lastMs = max(lastMs, excluded.lastMs)`);
  const hasRoomForPull = createRoom(database, 'pulls', 'reference', maxRowsADay);
  for (const row of pulls.values()) {
    const { key, misses, lastMs } = row;
    const [day, upstream] = key;
    const named = hasRoomForPull(key) ? key : ([day, upstream, '', ''] as const);
    pull.run(...named, row.pulls, misses, lastMs);
  }

  const puller = database.prepare(`
    INSERT INTO pullers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      pulls = pulls + excluded.pulls, lastMs = max(lastMs, excluded.lastMs)`);
  const hasRoomForPuller = createRoom(database, 'pullers', 'who', maxRowsADay);
  for (const row of pullers.values()) {
    const [day, upstream] = row.key;
    const named = hasRoomForPuller(row.key) ? row.key : ([day, upstream, '', ''] as const);
    puller.run(...named, row.pulls, row.lastMs);
  }
  writeRequests(database, requests);
}

function writeRequests(database: DatabaseSync, requests: readonly RequestRow[]): void {
  const insert = database.prepare(
    'INSERT INTO requests VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  for (const row of requests) {
    const { atMs, request, upstream, repository, reference, digest, kind, method } = row;
    const names = [request, upstream, repository, reference, digest, kind, method] as const;
    const { status, outcome, ms, firstByteMs, bytes, who, way } = row;
    insert.run(atMs, ...names, status, outcome, ms, firstByteMs, bytes, who, way);
  }
  keepNewest(database, 'requests');
}

type ImageKey = readonly [day: number, upstream: string, repository: string, last: string];

/** Whether a row is there, or may be added to its day. */
function createRoom(
  database: DatabaseSync,
  table: 'pulls' | 'pullers',
  last: 'reference' | 'who',
  maxRows: number,
): (key: ImageKey) => boolean {
  const rows = new Map<number, number>();
  const counted = database.prepare(`SELECT count(*) AS rows FROM ${table} WHERE day = ?`);
  const known = database.prepare(
    `SELECT 1 FROM ${table} WHERE day = ? AND upstream = ? AND repository = ? AND ${last} = ?`,
  );
  return (key) => {
    const [day] = key;
    const here = rows.get(day) ?? Number(counted.get(day)?.rows);
    const isNew = known.get(...key) === undefined;
    const fits = !isNew || here < maxRows;
    rows.set(day, isNew && fits ? here + 1 : here);
    return fits;
  };
}
