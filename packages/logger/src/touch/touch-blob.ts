import { statSync, utimesSync } from 'node:fs';
import { AHEAD_MS, blobFile } from '@registry-cache/domain';

export type TouchOutcome = 'touched' | 'fresh' | 'missing' | 'failed';

/**
 * Raises a blob's access time, and leaves the modification time. It never lowers a time, except
 * one that is ahead of `nowMs`: a clock that went wrong set that, and the blob would never age.
 * `missing` is a blob that is evicted by now, or was never kept.
 */
export function touchBlob(
  root: string,
  digest: string,
  timeMs: number,
  nowMs: number,
): TouchOutcome {
  const file = blobFile(root, digest);
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    // Times go through a float of seconds, which is off by a fraction of a microsecond.
    const accessMs = Math.round(stats.atimeMs);
    if (accessMs >= timeMs && accessMs <= nowMs + AHEAD_MS) return 'fresh';
    utimesSync(file, timeMs / 1000, stats.mtimeMs / 1000);
    return 'touched';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'failed';
  }
}
