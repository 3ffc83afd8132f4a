import type { CacheEvent } from '@registry-cache/domain';
import type { Limits } from '../plan/limits.ts';
import type { RunReport } from './run-once.ts';

/** The size of the store after a run, as an event for the history. */
export function describeSize(
  { usedAfterBytes, startedMs, durationMs }: RunReport,
  { targetBytes }: Limits,
): CacheEvent {
  const time = new Date(startedMs + durationMs).toISOString();
  return { event: 'size', time, usedBytes: usedAfterBytes, limitBytes: targetBytes };
}
