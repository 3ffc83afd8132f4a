import type { DatabaseSync } from 'node:sqlite';
import type { RequestRow } from '../ingest/access-batch.ts';

/** A request that was no hit, or took long, and what is known around it. */
export interface PastRequest extends RequestRow {
  /** What egress said; null where it was not asked. */
  readonly why: string | null;
  readonly error: string | null;
  /** The last eviction of its content before it. */
  readonly evictedMs: number | null;
  readonly evictedBecause: string | null;
  readonly lastAccessMs: number | null;
  /** When its content was fetched or asked for before. */
  readonly earlierMs: number | null;
  /** Why its upstream was taken for down at that time. */
  readonly outage: string | null;
  /** The fetch of its content that ran at that time. */
  readonly fetch: RequestFetch | undefined;
}

export interface RequestFetch {
  readonly sinceMs: number;
  readonly endedMs: number;
  readonly firstByteMs: number | null;
  readonly source: string;
  readonly readers: number;
  readonly outcome: string;
  readonly error: string | null;
}

/** Requests that were not answered from the store alone, the newest first. */
export function askMisses(
  database: DatabaseSync,
  { upstream, limit }: { readonly upstream?: string | undefined; readonly limit: number },
): PastRequest[] {
  const where = upstream === undefined ? '' : 'AND upstream = ?';
  const rows = database
    .prepare(
      `SELECT * FROM requests WHERE outcome <> 'hit' ${where} ORDER BY atMs DESC, id DESC LIMIT ?`,
    )
    .all(...(upstream === undefined ? [] : [upstream]), limit) as unknown as RequestRow[];
  return rows.map((row) => lookAround(database, row));
}

/** How many requests with an id are remembered. */
export function countRequests(database: DatabaseSync, id: string): number {
  const found = database.prepare('SELECT count(*) AS n FROM requests WHERE request = ?').get(id);
  return Number(found?.n);
}

/** The last request with an id, which its client may have chosen. */
export function askRequest(database: DatabaseSync, id: string): PastRequest | undefined {
  const row = database
    .prepare('SELECT * FROM requests WHERE request = ? ORDER BY id DESC LIMIT 1')
    .get(id) as unknown as RequestRow | undefined;
  return row && lookAround(database, row);
}

/**
 * A reason is told within the request, give or take the clocks of two programs. Clients may give one
 * id to several requests at a time, so it also has to name the same content.
 */
const NEAR_MS = 1_000;

/** A request with what is known of its content and its upstream at that time. */
export function lookAround(database: DatabaseSync, row: RequestRow): PastRequest {
  const { atMs, ms, request, upstream, repository, reference, digest } = row;
  const endMs = atMs + ms + NEAR_MS;
  const read = <R>(sql: string, ...values: readonly (string | number)[]) =>
    database.prepare(sql).get(...values) as R | undefined;
  const reason = read<{ why: string; error: string | null }>(
    `SELECT why, error FROM reasons WHERE request = ? AND atMs BETWEEN ? AND ?
     AND (reference IS NULL OR (upstream = ? AND reference = ?))
     ORDER BY coalesce(repository = ?, 0) DESC, id DESC LIMIT 1`,
    ...([request, atMs - NEAR_MS, endMs, upstream, reference, repository] as const),
  );
  const eviction = read<{ atMs: number; reason: string; lastAccessMs: number | null }>(
    `SELECT atMs, reason, lastAccessMs FROM evictions WHERE digest = ? AND atMs <= ?
     ORDER BY atMs DESC LIMIT 1`,
    ...([digest, atMs] as const),
  );
  // A HEAD, or a part that was passed on, left nothing here. Neither has a request that still ran.
  const earlier = read<{ atMs: number | null }>(
    `SELECT max(atMs) AS atMs FROM (
       SELECT endedMs AS atMs FROM fetches
         WHERE digest = ? AND upstream = ? AND outcome = 'stored' AND endedMs < ?
       UNION ALL
       SELECT atMs FROM requests
         WHERE digest = ? AND upstream = ? AND repository = ? AND atMs < ? AND atMs + ms <= ? AND status < 300
           AND digest <> '' AND NOT (kind = 'blob' AND (method = 'HEAD' OR status = 206)))`,
    ...([digest, upstream, atMs, digest, upstream, repository, atMs, atMs] as const),
  );
  const outage = read<{ reason: string }>(
    `SELECT reason FROM outages WHERE upstream = ? AND sinceMs <= ?
     AND (endedMs IS NULL OR endedMs >= ?) ORDER BY sinceMs DESC LIMIT 1`,
    ...([upstream, endMs, atMs] as const),
  );
  const fetch = read<RequestFetch>(
    `SELECT sinceMs, endedMs, firstByteMs, source, readers, outcome, error FROM fetches
     WHERE digest = ? AND upstream = ? AND sinceMs <= ? AND endedMs >= ?
     ORDER BY endedMs LIMIT 1`,
    ...([digest, upstream, endMs, atMs - NEAR_MS] as const),
  );
  return {
    ...row,
    ...{ why: reason?.why ?? null, error: reason?.error ?? null },
    ...{ evictedMs: eviction?.atMs ?? null, evictedBecause: eviction?.reason ?? null },
    ...{ lastAccessMs: eviction?.lastAccessMs ?? null, earlierMs: earlier?.atMs ?? null },
    ...{ outage: outage?.reason ?? null, fetch },
  };
}
