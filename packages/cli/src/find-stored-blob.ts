import { blobFile, hostedDir } from '@registry-cache/domain';
import { storeBlobSize } from './store-blob-size.ts';

export interface StoredBlob {
  readonly file: string;
  readonly sizeBytes: number;
}

/** Finds a blob among those of the cache, and then among those of hosted images. */
export function findStoredBlob(root: string, digest: string): StoredBlob | undefined {
  for (const tree of [root, hostedDir(root)]) {
    const sizeBytes = storeBlobSize(tree, digest);
    if (sizeBytes !== undefined) return { file: blobFile(tree, digest), sizeBytes };
  }
  return undefined;
}
