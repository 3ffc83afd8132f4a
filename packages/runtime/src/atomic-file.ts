import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/** Whose a new file is, where that is not the process's own user. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface AtomicFileOptions {
  /** With an owner, the mode holds whatever the umask says. */
  readonly owner?: FileOwner | undefined;
  /** Whether it is there after a loss of power; default true. */
  readonly isLasting?: boolean;
}

/** A file that was planted under the temporary name is not written to, nor what a link names. */
const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes a file whole: readers see the old content or the new, never a part. The temporary
 * file stands beside it under a random name, so that the rename stays on one filesystem.
 * `path` itself may be a link: it is replaced.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
  options: AtomicFileOptions = {},
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}${TEMPORARY_SUFFIX}`;
  const file = await open(temporary, NEW_FILE, mode);
  try {
    await fill(file, content, mode, options).finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** By which what an interrupted write left is known. */
export const TEMPORARY_SUFFIX = '.tmp';

async function fill(
  file: FileHandle,
  content: string | Uint8Array,
  mode: number,
  { owner, isLasting = true }: AtomicFileOptions,
): Promise<void> {
  if (owner !== undefined) {
    await file.chmod(mode);
    await file.chown(owner.uid, owner.gid);
  }
  await file.writeFile(content);
  if (isLasting) await file.sync();
}
