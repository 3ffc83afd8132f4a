import { lstatSync } from 'node:fs';
import { blobFile } from '@registry-cache/domain';

/** The size in bytes of a blob in the store; undefined for a missing one. */
export function storeBlobSize(root: string, digest: string): number | undefined {
  const stats = lstatSync(blobFile(root, digest), { throwIfNoEntry: false });
  return stats?.isFile() ? stats.size : undefined;
}
