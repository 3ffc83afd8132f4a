import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { splitDigest } from '@registry-cache/domain';
import type { FindBlob } from './find-blob.ts';

const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes a blob into a new file, through the hash.
 * @returns whether its bytes are right.
 */
export async function stageBlob(
  blob: NonNullable<ReturnType<FindBlob>>,
  digest: string,
  file: string,
  onRead: (bytes: number) => void,
): Promise<boolean> {
  const { algorithm, hex } = splitDigest(digest);
  const hash = createHash(algorithm);
  await using target = await open(file, NEW_FILE, 0o644);
  for await (const piece of blob.stream()) {
    hash.update(piece);
    await target.appendFile(piece);
    onRead(piece.length);
  }
  if (hash.digest('hex') !== hex) return false;
  // The rename must not outlive a loss of power that the bytes do not.
  await target.sync();
  return true;
}
