import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasDigest, orMissing } from '@registry-cache/runtime';

const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** The end of the name of a file that is being written. */
const UNFINISHED = '.unfinished';

export interface WrittenFile {
  readonly sizeBytes: number;
  readonly digest: string;
}

/**
 * Writes a file of a bundle whole: a file with its final name has all its bytes, on the disk.
 * @param onBytes called with the bytes of each write.
 */
export async function writeWhole(
  path: string,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}${UNFINISHED}`;
  // The leftover of an export that was broken off.
  await rm(temporary, { force: true });
  try {
    await using file = await open(temporary, NEW_FILE, 0o644);
    for await (const piece of pieces) {
      await file.appendFile(piece);
      onBytes(piece.length);
    }
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether the file is there with these bytes. It is read whole. */
export async function isWhole(
  path: string,
  { sizeBytes, digest }: WrittenFile,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<boolean> {
  const stats = await orMissing(stat(path));
  if (!stats?.isFile() || stats.size !== sizeBytes) return false;
  return (await orMissing(hasDigest(path, digest, { onRead: onBytes }))) === true;
}

/** Removes leftovers of an export that was broken off. */
export async function removeUnfinished(dir: string): Promise<void> {
  for (const folder of ['', 'blobs/sha256', 'blobs/sha512']) {
    for (const name of (await orMissing(readdir(join(dir, folder)))) ?? []) {
      if (name.endsWith(UNFINISHED)) await rm(join(dir, folder, name), { force: true });
    }
  }
}
