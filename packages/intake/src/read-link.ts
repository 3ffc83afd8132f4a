import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isDigest } from '@registry-cache/domain';
import { isMissing } from '@registry-cache/runtime';

/** A link of distribution's layout: a file that holds a digest. */
export interface LinkFile {
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly writtenAtMs: number;
}

/** The longest digest has 135 characters. */
const LINK_BYTES = 256;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Undefined for a missing file, a symbolic link, and any content that is not a digest. */
export async function readLink(file: string): Promise<LinkFile | undefined> {
  const handle = await openPlain(file);
  if (handle === undefined) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LINK_BYTES), 0, LINK_BYTES);
    const digest = buffer.toString('latin1', 0, bytesRead).trim();
    return isDigest(digest) ? { digest, writtenAtMs: stats.mtimeMs } : undefined;
  } finally {
    await handle.close();
  }
}

async function openPlain(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ELOOP stands for a symbolic link, and ENXIO for a socket.
    if (isMissing(error) || code === 'ELOOP' || code === 'ENXIO') return undefined;
    throw error;
  }
}
