import { blobsDir, isDigest } from '@registry-cache/domain';
import type { Pace } from '../pace.ts';
import type { Problems } from '../problems.ts';
import { listNames, lstatQuietly } from '../quiet-fs.ts';
import { BlobTable } from './blob-table.ts';
import { settleTimes } from './settle-times.ts';

const ALGORITHMS = ['sha256', 'sha512'];

export interface BlobScan {
  readonly table: BlobTable;
  readonly totalBytes: number;
  /** Blob directories without data. A crash between two steps leaves them. */
  readonly shells: readonly string[];
}

/**
 * Reads size and times of every blob, by synchronous calls in slices. With a million blobs,
 * promises would cost more than the system calls.
 */
export async function scanBlobs(
  root: string,
  problems: Problems,
  pace: Pace,
  nowMs: number,
): Promise<BlobScan> {
  const table = new BlobTable();
  const shells: string[] = [];
  let totalBytes = 0;
  for (const { algorithm, directory } of prefixDirectories(root, problems)) {
    for (const hex of listNames(directory, problems)) {
      if (pace.due()) await pace.rest();
      if (!isDigest(`${algorithm}:${hex}`)) continue;
      const file = `${directory}/${hex}/data`;
      const stats = lstatQuietly(file, problems);
      if (stats === 'missing') shells.push(`${directory}/${hex}`);
      if (typeof stats !== 'object') continue;
      const { atimeMs, mtimeMs } = settleTimes(file, stats, nowMs, problems);
      table.add(algorithm, hex, stats.size, atimeMs, mtimeMs);
      totalBytes += stats.size;
    }
  }
  return { table, totalBytes, shells };
}

function* prefixDirectories(root: string, problems: Problems) {
  for (const algorithm of ALGORITHMS) {
    const directory = `${blobsDir(root)}/${algorithm}`;
    for (const prefix of listNames(directory, problems)) {
      yield { algorithm, directory: `${directory}/${prefix}` };
    }
  }
}
