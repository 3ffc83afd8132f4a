import { blobDir, blobFile } from '@registry-cache/domain';
import { hasDigest } from '@registry-cache/runtime';
import type { Pace } from '../pace.ts';
import { errorCode, type Problems } from '../problems.ts';
import { rmdirQuietly, unlinkQuietly } from '../quiet-fs.ts';
import type { BlobTable } from '../scan/blob-table.ts';

export interface DamageTally {
  readonly blobs: number;
  readonly bytes: number;
}

/** Reads each of these blobs whole, and removes the damaged ones so that they are fetched anew. */
export async function removeDamaged(
  root: string,
  table: BlobTable,
  rows: readonly number[],
  problems: Problems,
  pace: Pace,
): Promise<DamageTally> {
  let blobs = 0;
  let bytes = 0;
  for (const row of rows) {
    const digest = table.digestAt(row);
    if (!(await isDamaged(blobFile(root, digest), digest, problems, pace))) continue;
    if (removeBlobFile(root, digest, problems) !== 'removed') continue;
    table.markGone(row);
    blobs += 1;
    bytes += table.sizesBytes[row] ?? 0;
  }
  return { blobs, bytes };
}

/**
 * Whether the bytes are wrong or the disk has lost them. False if the file is gone or cannot be
 * read.
 */
export async function isDamaged(
  file: string,
  digest: string,
  problems: Problems,
  pace: Pace,
): Promise<boolean> {
  try {
    return !(await hasDigest(file, digest, { onRead: () => pace.rest() }));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EIO') return true;
    // A stopped run ends here too.
    if (code === 'UNKNOWN' || code === 'ABORT_ERR') throw error;
    if (code !== 'ENOENT') problems.add(error, file);
    return false;
  }
}

/** Removes the data of one blob. Its links dangle until the next sweep or the next fetch. */
export function removeBlobFile(root: string, digest: string, problems: Problems) {
  const outcome = unlinkQuietly(blobFile(root, digest), problems);
  if (outcome !== 'failed') rmdirQuietly(blobDir(root, digest), problems);
  return outcome;
}
