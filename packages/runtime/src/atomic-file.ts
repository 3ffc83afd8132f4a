import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/** The owner of a new file, if it is not the process's own user. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface AtomicFileOptions {
  /** With an owner, the mode holds regardless of the umask. */
  readonly owner?: FileOwner | undefined;
  /** Whether the file survives a loss of power; default true. */
  readonly isLasting?: boolean;
}

/** Fails for a file or a link that was planted under the temporary name. */
const NEW_FILE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes a file whole: readers see the old content or the new one, never a part. The temporary file
 * has a random name in the same directory, so that the rename stays on one filesystem. If `path` is
 * a link, the link itself is replaced.
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

/**
 * The end of the name of a temporary file, by which leftovers of an interrupted write are known.
 */
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
