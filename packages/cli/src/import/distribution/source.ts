import { createHash } from 'node:crypto';
import { readFile, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MAX_MANIFEST_BYTES, splitDigest } from '@registry-cache/domain';
import { statPlainFile } from '@registry-cache/intake';
import { hasDigest } from '@registry-cache/runtime';
import type { BlobPlace, ImportSource } from '../source.ts';
import { copyBlob } from './copy-blob.ts';
import type { DistributionLayout } from './layout.ts';
import { readRepositories } from './read-repositories.ts';

/**
 * A store of distribution. Blobs in our own volume are moved by rename. Elsewhere, and where a file
 * is not this user's own, they are copied and stay.
 */
export function openDistribution({ dataDir, isInStore }: DistributionLayout): ImportSource {
  const leftOut: string[] = [];
  const fileOf = (digest: string) => {
    const { algorithm, hex } = splitDigest(digest);
    return join(dataDir, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
  };
  const find = (digest: string) => statPlainFile(fileOf(digest), dataDir);
  return {
    leftOut,
    isMoving: isInStore,
    repositories: () => readRepositories(dataDir, leftOut),
    findBlob: find,
    async readManifest(digest) {
      const file = await find(digest);
      if (file === undefined) return 'missing';
      if (file.sizeBytes > MAX_MANIFEST_BYTES) return 'rotten';
      const bytes = await readFile(fileOf(digest));
      const { algorithm, hex } = splitDigest(digest);
      return createHash(algorithm).update(bytes).digest('hex') === hex ? bytes : 'rotten';
    },
    async takeBlob(digest, place) {
      const file = await find(digest);
      if (file === undefined) return 'missing';
      const path = fileOf(digest);
      const isOwn = file.uid === process.getuid?.();
      const moved = isInStore && isOwn ? await moveBlob(path, digest, place) : undefined;
      return moved ?? copyBlob(path, digest, place);
    },
  };
}

/** Undefined if the file cannot leave its folder, as on another mount. */
async function moveBlob(
  path: string,
  digest: string,
  { onRead, signal, store }: BlobPlace,
): Promise<'taken' | 'rotten' | undefined> {
  const isRight = await hasDigest(path, digest, {
    onRead: (bytes) => {
      signal.throwIfAborted();
      onRead(bytes);
    },
  });
  if (!isRight) return 'rotten';
  try {
    await store(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EXDEV', 'EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
    return undefined;
  }
  await rmdir(dirname(path)).catch(() => undefined);
  return 'taken';
}
