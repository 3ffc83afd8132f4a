import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LEFT_CONTENT } from '../database/schema.ts';
import type { RequestRow } from '../ingest/access-batch.ts';

/** A request that was no hit, or took long, and what is known around it. */
export interface PastRequest extends RequestRow {
  /** The reason that egress gave; null where it was not asked. */
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
  // Thousands of rows have the same questions.
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return rows.map((row) => lookAround({ prepare }, row));
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

/** So many requests, fetches or reasons of one content or id are looked at: more rarely run at a time. */
const MOST_AT_A_TIME = 50;

/** A request with what is known of its content and its upstream at that time. */
export function lookAround(database: Pick<DatabaseSync, 'prepare'>, row: RequestRow): PastRequest {
  const { atMs, ms, request, upstream, repository, reference, digest } = row;
  const endMs = atMs + ms + NEAR_MS;
  const read = <R>(sql: string, ...values: readonly (string | number)[]) =>
    database.prepare(sql).get(...values) as R | undefined;
  // One content or id may have most of the rows, and a list asks for thousands of requests. So each
  // question is one look into an index, in its order.
  const reason = read<{ why: string; error: string | null }>(
    `SELECT why, error FROM (
       SELECT * FROM reasons WHERE request = ? AND atMs BETWEEN ? AND ?
       ORDER BY atMs LIMIT ${MOST_AT_A_TIME})
     WHERE reference IS NULL OR (upstream = ? AND reference = ?)
     ORDER BY coalesce(repository = ?, 0) DESC, id DESC LIMIT 1`,
    ...([request, atMs - NEAR_MS, endMs, upstream, reference, repository] as const),
  );
  const eviction = read<{ atMs: number; reason: string; lastAccessMs: number | null }>(
    `SELECT atMs, reason, lastAccessMs FROM evictions WHERE digest = ? AND atMs <= ?
     ORDER BY atMs DESC LIMIT 1`,
    ...([digest, atMs] as const),
  );
  const stored = read<{ atMs: number }>(
    `SELECT endedMs AS atMs FROM fetches
     WHERE digest = ? AND upstream = ? AND outcome = 'stored' AND endedMs < ?
     ORDER BY endedMs DESC LIMIT 1`,
    ...([digest, upstream, atMs] as const),
  );
  // A request that still ran has left nothing yet.
  const got = read<{ atMs: number }>(
    `SELECT atMs FROM (
       SELECT atMs, ms FROM requests
       WHERE digest = ? AND upstream = ? AND repository = ? AND atMs < ? AND ${LEFT_CONTENT}
       ORDER BY atMs DESC LIMIT ${MOST_AT_A_TIME})
     WHERE atMs + ms <= ? ORDER BY atMs DESC LIMIT 1`,
    ...([digest, upstream, repository, atMs, atMs] as const),
  );
  const outage = read<{ reason: string }>(
    `SELECT reason FROM (
       SELECT reason, sinceMs, endedMs FROM outages WHERE upstream = ? AND sinceMs <= ?
       ORDER BY sinceMs DESC LIMIT ${MOST_AT_A_TIME})
     WHERE endedMs IS NULL OR endedMs >= ? ORDER BY sinceMs DESC LIMIT 1`,
    ...([upstream, endMs, atMs] as const),
  );
  const fetch = read<RequestFetch>(
    `SELECT * FROM (
       SELECT sinceMs, endedMs, firstByteMs, source, readers, outcome, error FROM fetches
       WHERE digest = ? AND upstream = ? AND endedMs >= ?
       ORDER BY endedMs LIMIT ${MOST_AT_A_TIME})
     WHERE sinceMs <= ? ORDER BY endedMs LIMIT 1`,
    ...([digest, upstream, atMs - NEAR_MS, endMs] as const),
  );
  const earlierMs = Math.max(stored?.atMs ?? 0, got?.atMs ?? 0);
  return {
    ...row,
    ...{ why: reason?.why ?? null, error: reason?.error ?? null },
    ...{ evictedMs: eviction?.atMs ?? null, evictedBecause: eviction?.reason ?? null },
    ...{ lastAccessMs: eviction?.lastAccessMs ?? null, earlierMs: earlierMs || null },
    ...{ outage: outage?.reason ?? null, fetch },
  };
}
