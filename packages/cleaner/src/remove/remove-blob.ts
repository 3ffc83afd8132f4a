import { blobDir, blobFile } from '@registry-cache/domain';
import type { Problems } from '../problems.ts';
import { lstatQuietly, rmdirQuietly, unlinkQuietly } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';

export type BlobRemoval = 'removed' | 'missing' | 'used' | 'failed';

/**
 * Removes one blob's data, unless it was served or written since the scan. A program that has the
 * file open (nginx that is sending it) goes on undisturbed. Later requests miss, and fetch the
 * blob.
 */
export function removeBlob(
  root: string,
  table: BlobTable,
  row: number,
  problems: Problems,
): BlobRemoval {
  const digest = table.digestAt(row);
  const file = blobFile(root, digest);
  const now = judge(file, table, row, problems);
  const outcome = now === 'unchanged' ? unlinkQuietly(file, problems) : now;
  if (outcome === 'removed' || outcome === 'missing') {
    rmdirQuietly(blobDir(root, digest), problems);
    table.markGone(row);
  }
  return outcome;
}

function judge(file: string, table: BlobTable, row: number, problems: Problems) {
  const stats = lstatQuietly(file, problems);
  if (stats === 'missing') return 'missing';
  if (stats === 'unreadable') return 'failed';
  const used =
    stats.atimeMs > (table.atimesMs[row] ?? 0) || stats.mtimeMs > (table.mtimesMs[row] ?? 0);
  return used ? 'used' : 'unchanged';
}
