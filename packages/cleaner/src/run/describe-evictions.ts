import type { CacheEvent, EvictionReason } from '@registry-cache/domain';
import type { RunReport } from './run-once.ts';

/** What a run evicted, as events for the history. All have the time at which the run ended. */
export function describeEvictions(
  report: Pick<RunReport, 'evicted' | 'evictedBlobs' | 'evictedBytes' | 'startedMs' | 'durationMs'>,
  reason: EvictionReason,
): CacheEvent[] {
  const { evicted, startedMs, durationMs, evictedBlobs, evictedBytes } = report;
  const time = new Date(startedMs + durationMs).toISOString();
  const events: CacheEvent[] = evicted.map(({ digest, sizeBytes, lastAccessMs, namedBy }) => {
    const lastAccess = new Date(lastAccessMs).toISOString();
    return { event: 'eviction', time, digest, sizeBytes, lastAccess, namedBy, reason };
  });
  const blobs = evictedBlobs - evicted.length;
  if (blobs === 0) return events;
  const sizeBytes = evicted.reduce((rest, blob) => rest - blob.sizeBytes, evictedBytes);
  return [...events, { event: 'evictions', time, blobs, sizeBytes, reason }];
}
