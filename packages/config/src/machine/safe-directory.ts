import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInputError } from '@registry-cache/domain';
import type { FileOwner } from '@registry-cache/runtime';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens a directory by what it is: a symbolic link in its place is refused.
 *
 * @throws with the code `ENOTDIR` or `ELOOP` for anything else.
 */
export function openDirectory(path: string): Promise<FileHandle> {
  return open(path, DIRECTORY);
}

/** Makes a directory where there is none, and gives it an owner and a mode. */
export async function makeDirectory(path: string, owner: FileOwner, mode: number): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await using directory = await openDirectory(path);
  // Mine first: to change the mode of what is another's takes one capability more.
  await directory.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  await directory.chmod(mode);
  await directory.chown(owner.uid, owner.gid);
}

/**
 * Sees to it that nobody but root can put something else in the place of `path`: on the way to
 * it, folders of `user` become root's, and those that it may write to get the sticky bit.
 *
 * @throws InvalidInputError for such a folder that cannot be changed.
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
