import { statSync, utimesSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';

export type TouchOutcome = 'touched' | 'fresh' | 'missing' | 'failed';

/**
 * Raises a blob's access time; never lowers it, and leaves the modification time. `missing`
 * is a blob that is evicted by now, or was never kept.
 */
export function touchBlob(root: string, digest: string, timeMs: number): TouchOutcome {
  const file = blobFile(root, digest);
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    // Times go through a float of seconds, which is off by a fraction of a microsecond.
    if (Math.round(stats.atimeMs) >= timeMs) return 'fresh';
    utimesSync(file, timeMs / 1000, stats.mtimeMs / 1000);
    return 'touched';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'failed';
  }
}
