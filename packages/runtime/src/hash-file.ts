import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { splitDigest } from '@registry-cache/domain';

const READ_BYTES = 1024 * 1024;
/** Only plain files are blobs. These flags do not follow a link, and do not wait for a pipe. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface HashOptions {
  /** Called after each read with its bytes. It may rest, or stop the hashing by a throw. */
  readonly onRead?: (bytes: number) => void | Promise<void>;
}

/**
 * Whether the bytes of a file have this digest. This reading must not count as use of the blob, so
 * the access time stays if the system allows that.
 * @throws Error with the system's code (`ENOENT`, `EIO`, …) if the file cannot be read.
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

/** Only the owner of a file and root may open it with O_NOATIME; others get EPERM. */
async function openQuietly(file: string): Promise<FileHandle> {
  try {
    return await open(file, READ | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return open(file, READ);
  }
}
