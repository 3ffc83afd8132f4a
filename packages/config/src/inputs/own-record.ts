import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Fifty hosts of 253 characters each need far less. */
const LIMIT_BYTES = 64 * 1024;
const PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads a record that the programs' user keeps in the store. Root reads it, so it must be a plain
 * file of limited size. A link could lead elsewhere, and a pipe would make root wait. Anything else
 * counts as absent, since the record is not an operator's input.
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
