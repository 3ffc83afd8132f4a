import type { DatabaseSync } from 'node:sqlite';
import { HOUR_MS } from '../ingest/access-batch.ts';

export interface PastEviction {
  readonly atMs: number;
  /** Null where many blobs were told as one. */
  readonly digest: string | null;
  readonly blobs: number;
  readonly bytes: number;
  readonly lastAccessMs: number | null;
  /** As `<upstream id>/<repository>`. */
  readonly namedBy: readonly string[];
  readonly reason: string;
  /** Fetches that ran at that time and so may have needed the room, as `<upstream>/<repository>`. */
  readonly during: readonly string[];
}

const MAX_DURING = 5;
/** No fetch takes longer. One that seems to is of a clock that was changed. */
const LONGEST_FETCH_MS = 24 * HOUR_MS;

/** Evictions since a time, the newest first. */
export function askEvictions(
  database: DatabaseSync,
  sinceMs: number,
  limit: number,
): PastEviction[] {
  const rows = database
    .prepare(
      `SELECT atMs, digest, blobs, bytes, lastAccessMs, namedBy, reason FROM evictions
       WHERE atMs >= ? ORDER BY atMs DESC, id DESC LIMIT ?`,
    )
    .all(sinceMs, limit) as unknown as (Omit<PastEviction, 'namedBy' | 'during'> & {
    readonly namedBy: string;
  })[];
  const running = database.prepare(
    `SELECT DISTINCT upstream || '/' || repository AS image FROM fetches
     WHERE endedMs BETWEEN ? AND ? AND sinceMs <= ? LIMIT ${MAX_DURING}`,
  );
  // All evictions of a run have one time.
  const known = new Map<number, readonly string[]>();
  const findDuring = (atMs: number) => {
    const find = () => running.all(atMs, atMs + LONGEST_FETCH_MS, atMs);
    const during = known.get(atMs) ?? find().map(({ image }) => String(image));
    known.set(atMs, during);
    return during;
  };
  return rows.map(({ namedBy, ...row }) => {
    const { atMs, reason } = row;
    const isForRoom = reason === 'reservation' || reason === 'growth';
    return {
      ...row,
      namedBy: namedBy === '' ? [] : namedBy.split('\n'),
      during: isForRoom ? findDuring(atMs) : [],
    };
  });
}

/** The sums of evictions since a time. */
export function sumEvictions(
  database: DatabaseSync,
  sinceMs: number,
): { readonly blobs: number; readonly bytes: number } {
  const sums = database
    .prepare('SELECT sum(blobs) AS blobs, sum(bytes) AS bytes FROM evictions WHERE atMs >= ?')
    .get(sinceMs);
  return { blobs: Number(sums?.blobs ?? 0), bytes: Number(sums?.bytes ?? 0) };
}
