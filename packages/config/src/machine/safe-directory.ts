import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInputError } from '@registry-cache/domain';
import type { FileOwner } from '@registry-cache/runtime';

/** Flags that open a directory alone, and no symbolic link. */
export const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens a directory, and refuses a symbolic link in its place.
 *
 * @throws with the code `ENOTDIR` or `ELOOP` for anything else.
 */
export function openDirectory(path: string): Promise<FileHandle> {
  return open(path, DIRECTORY);
}

/** Makes a directory if it is missing, and sets its owner and mode. */
export async function makeDirectory(path: string, owner: FileOwner, mode: number): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await using directory = await openDirectory(path);
  // This process owns it first: changing the mode of another's folder takes a further capability.
  await directory.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  await directory.chmod(mode);
  await directory.chown(owner.uid, owner.gid);
}

/**
 * Makes sure that only root can replace `path`. On the way to it, folders of `user` become root's,
 * and folders that the user may write to get the sticky bit.
 *
 * @throws InvalidInputError for a folder that needs such a change and cannot have it.
 */
export async function guardWayTo(path: string, user: FileOwner): Promise<void> {
  let above = await realpath(dirname(path));
  for (;;) {
    await guard(above, user).catch((error: NodeJS.ErrnoException) => {
      const found = `${above}, in which user ${user.uid} could replace it (${error.code})`;
      const accepted = "a path on which folders are root's, and sticky where others may write";
      throw new InvalidInputError([{ path: `RUNDIR ${path}`, found, accepted }]);
    });
    if (above === dirname(above)) return;
    above = dirname(above);
  }
}

async function guard(path: string, user: FileOwner): Promise<void> {
  await using directory = await openDirectory(path);
  const { uid, gid, mode } = await directory.stat();
  if (uid === user.uid) await directory.chown(0, 0);
  const isOpen = (mode & 0o002) !== 0 || (gid === user.gid && (mode & 0o020) !== 0);
  if (isOpen && (mode & 0o1000) === 0) await directory.chmod((mode & 0o7777) | 0o1000);
}
