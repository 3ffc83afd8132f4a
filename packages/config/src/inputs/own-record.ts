import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Fifty hosts of 253 characters each are far below it. */
const LIMIT_BYTES = 64 * 1024;
const PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A record that the programs' user keeps in the store, which root reads: a plain file of some
 * size, never what a link names, and never a pipe, which would be waited for. Anything else is
 * as good as none, since it is no operator's input.
 */
export async function readOwnRecord(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path, PLAIN);
    return await readPlain(file);
  } catch {
    return undefined;
  }
}

async function readPlain(file: FileHandle): Promise<string | undefined> {
  if (!(await file.stat()).isFile()) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LIMIT_BYTES + 1));
  return bytesRead > LIMIT_BYTES ? undefined : buffer.toString('utf8', 0, bytesRead);
}
