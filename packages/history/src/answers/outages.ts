import type { DatabaseSync } from 'node:sqlite';

/** A time in which an upstream did not answer. */
export interface Outage {
  readonly upstream: string;
  readonly sinceMs: number;
  /** Null while it lasts. */
  readonly endedMs: number | null;
  readonly reason: string;
}

/** Outages that ended after a time or last, the newest first. */
export function askOutages(database: DatabaseSync, afterMs: number, limit: number): Outage[] {
  return database
    .prepare(
      `SELECT upstream, sinceMs, endedMs, reason FROM outages
       WHERE endedMs IS NULL OR endedMs >= ? ORDER BY sinceMs DESC LIMIT ?`,
    )
    .all(afterMs, limit) as unknown as Outage[];
}
