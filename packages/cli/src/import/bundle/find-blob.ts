import { type BundleContents, streamFile } from '@registry-cache/bundle';
import { findStoredBlob } from '../../find-stored-blob.ts';

/** Finds the bytes of a blob; undefined for a blob that is nowhere. */
export type FindBlob = BundleContents['findBlob'];

/**
 * Finds blobs in a bundle, and else in the store. A delta leaves out what the store has for whatever
 * repository, of the cache or hosted.
 * @param root the store.
 */
export function findInBundleOrStore({ findBlob }: BundleContents, root: string): FindBlob {
  return (digest) => {
    const inBundle = findBlob(digest);
    if (inBundle !== undefined) return inBundle;
    const stored = findStoredBlob(root, digest);
    if (stored === undefined) return undefined;
    const { file, sizeBytes } = stored;
    return { sizeBytes, stream: () => streamFile(file, sizeBytes) };
  };
}
