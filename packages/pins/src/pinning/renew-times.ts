import { stat, utimes } from 'node:fs/promises';
import { blobFile } from '@registry-cache/domain';

/**
 * Sets the access times of blobs and manifests to now, so that they count as used. One that is gone
 * was evicted meanwhile.
 */
export async function renewTimes(root: string, digests: Iterable<string>): Promise<void> {
  const now = new Date();
  await Promise.all(
    [...digests].map(async (digest) => {
      const file = blobFile(root, digest);
      try {
        await utimes(file, now, (await stat(file)).mtime);
      } catch {
        // It ages, and the next run fetches what is gone.
      }
    }),
  );
}
