import type { DatabaseSync } from 'node:sqlite';
import type { FetchSource } from '@registry-cache/domain';

/** A fetch that has ended. */
export interface PastFetch {
  readonly sinceMs: number;
  readonly endedMs: number;
  readonly firstByteMs: number | null;
  readonly upstream: string;
  readonly repository: string;
  readonly digest: string;
  readonly bytes: number;
  readonly outcome: string;
  /** The host that answered. */
  readonly source: string;
  /** The role of that host; null if none answered, or if it is not known. */
  readonly kind: FetchSource | null;
  readonly readers: number;
  readonly error: string | null;
}

export interface FetchesWanted {
  /** Only those that were running at this time. */
  readonly atMs?: number | undefined;
  readonly limit: number;
}

/** Past fetches, the newest first. */
export function askFetches(database: DatabaseSync, { atMs, limit }: FetchesWanted): PastFetch[] {
  const where = atMs === undefined ? '' : 'WHERE endedMs >= ? AND sinceMs <= ?';
  const times = atMs === undefined ? [] : [atMs, atMs];
  return database
    .prepare(
      `SELECT sinceMs, endedMs, firstByteMs, upstream, repository, digest, bytes, outcome, source,
         kind, readers, error FROM fetches ${where} ORDER BY endedMs DESC LIMIT ?`,
    )
    .all(...times, limit) as unknown as PastFetch[];
}
