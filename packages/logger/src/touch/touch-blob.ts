import { statSync, utimesSync } from 'node:fs';
import { AHEAD_MS, blobFile } from '@registry-cache/domain';

export type TouchOutcome = 'touched' | 'fresh' | 'missing' | 'failed';

/**
 * Raises a blob's access time, and leaves the modification time alone. It lowers only a time ahead
 * of `nowMs`: a wrong clock has set that, and the blob would never age. A `missing` blob was
 * evicted or never stored.
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
    // Times are stored as a float of seconds, which is off by a fraction of a microsecond.
    const accessMs = Math.round(stats.atimeMs);
    if (accessMs >= timeMs && accessMs <= nowMs + AHEAD_MS) return 'fresh';
    utimesSync(file, timeMs / 1000, stats.mtimeMs / 1000);
    return 'touched';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'failed';
  }
}
