import type { DatabaseSync } from 'node:sqlite';
import type { CacheEvent } from '@registry-cache/domain';
import { keepNewest } from '../database/roll.ts';
import { HOUR_MS } from './access-batch.ts';

/**
 * Adds events of workers.
 * @param nowMs the time for events of a later one, which a clock that was ahead has written.
 */
export function writeEvents(
  database: DatabaseSync,
  events: readonly CacheEvent[],
  nowMs: number,
): void {
  const fetch = database.prepare(
    'INSERT INTO fetches VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const eviction = database.prepare('INSERT INTO evictions VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
  const size = database.prepare('INSERT OR REPLACE INTO sizes VALUES (?, ?, ?)');
  const gone = database.prepare(
    `INSERT INTO goneTags VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET lastMs = max(lastMs, excluded.lastMs)`,
  );
  const miss = database.prepare('INSERT INTO reasons VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)');
  for (const one of events) {
    const atMs = Math.min(nowMs, Date.parse(one.time));
    if (one.event === 'fetch') {
      const { ms, firstByteMs = null, upstream, repository, digest, bytes, outcome } = one;
      const { from, source = null, readers, error = null } = one;
      const times = [Math.round(atMs - ms), atMs, firstByteMs] as const;
      fetch.run(
        ...times,
        upstream,
        repository,
        digest,
        bytes,
        outcome,
        from,
        source,
        readers,
        error,
      );
    } else if (one.event === 'eviction') {
      const { digest, sizeBytes, lastAccess, namedBy, reason } = one;
      const names = namedBy.join('\n');
      eviction.run(atMs, digest, 1, sizeBytes, Date.parse(lastAccess), names, reason);
    } else if (one.event === 'evictions') {
      eviction.run(atMs, null, one.blobs, one.sizeBytes, null, '', one.reason);
    } else if (one.event === 'miss') {
      const { id, upstream = null, repository = null, reference = null, error = null } = one;
      miss.run(atMs, id, upstream, repository, reference, one.why, error);
    } else if (one.event === 'tag-gone') {
      gone.run(one.upstream, one.repository, one.tag, atMs, atMs);
    } else if (one.event === 'size') {
      size.run(Math.floor(atMs / HOUR_MS), one.usedBytes, one.limitBytes);
    } else {
      writeOutage(database, one.upstream, one.state === 'down', atMs, one.reason ?? '');
    }
  }
  keepNewest(database, 'reasons');
}

/** An outage that has no end when the next one begins ended with egress, at a time unknown. */
function writeOutage(
  database: DatabaseSync,
  upstream: string,
  isDown: boolean,
  atMs: number,
  reason: string,
): void {
  database
    .prepare('UPDATE outages SET endedMs = ? WHERE upstream = ? AND endedMs IS NULL')
    .run(atMs, upstream);
  if (!isDown) return;
  database.prepare('INSERT INTO outages VALUES (NULL, ?, ?, NULL, ?)').run(upstream, atMs, reason);
}
