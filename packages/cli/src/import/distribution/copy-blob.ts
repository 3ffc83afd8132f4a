import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { splitDigest } from '@registry-cache/domain';
import type { BlobPlace } from '../source.ts';

const READ_BYTES = 1024 * 1024;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Copies a file through the hash, and stores the copy if the bytes are right. */
export async function copyBlob(
  path: string,
  digest: string,
  { temporaryFile, store, onRead, signal }: BlobPlace,
): Promise<'taken' | 'rotten'> {
  try {
    await using source = await open(path, READ);
    await using target = await open(temporaryFile, NEW_FILE, 0o644);
    const found = await copyHashed(source, target, splitDigest(digest).algorithm, (bytes) => {
      signal.throwIfAborted();
      onRead(bytes);
    });
    if (found !== splitDigest(digest).hex) return 'rotten';
    // The rename must not outlive a loss of power that the bytes do not.
    await target.sync();
    await store(temporaryFile);
    return 'taken';
  } finally {
    await rm(temporaryFile, { force: true });
  }
}

async function copyHashed(
  source: FileHandle,
  target: FileHandle,
  algorithm: string,
  onRead: (bytes: number) => void,
): Promise<string> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, READ_BYTES);
    if (bytesRead === 0) return hash.digest('hex');
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    await target.appendFile(bytes);
    onRead(bytesRead);
  }
}
