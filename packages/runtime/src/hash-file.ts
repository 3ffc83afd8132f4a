import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { splitDigest } from '@registry-cache/domain';

const READ_BYTES = 1024 * 1024;
/** Only plain files are blobs: a link is not followed, and a pipe is not waited for. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface HashOptions {
  /** Called between two reads with the bytes of the last one: where to rest, or to stop by a throw. */
  readonly onRead?: (bytes: number) => void | Promise<void>;
}

/**
 * Whether a file's bytes have the digest that they are kept under. Reading them is no use of the
 * blob, so its access time stays where the system allows that.
 * @throws Error with the system's code (`ENOENT`, `EIO`, …) where the file cannot be read.
 */
export async function hasDigest(
  file: string,
  digest: string,
  { onRead }: HashOptions = {},
): Promise<boolean> {
  const { algorithm, hex } = splitDigest(digest);
  const hash = createHash(algorithm);
  const handle = await openQuietly(file);
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return hash.digest('hex') === hex;
      hash.update(buffer.subarray(0, bytesRead));
      await onRead?.(bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Only a file's owner and root may read it without a trace (EPERM for others). */
async function openQuietly(file: string): Promise<FileHandle> {
  try {
    return await open(file, READ | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return open(file, READ);
  }
}
