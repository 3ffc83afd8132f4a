import { type FileHandle, lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileOwner } from '@registry-cache/runtime';
import { openDirectory } from './safe-directory.ts';

/**
 * Gives a folder and what is below it to an owner, if the folder is somebody else's. Every step
 * starts at an open folder and follows no link, so that nothing outside can be reached, whatever
 * is moved or planted there meanwhile. Links themselves stay whose they are.
 */
export async function takeOver(path: string, owner: FileOwner, isDeep: boolean): Promise<void> {
  await using directory = await openDirectory(path);
  if ((await directory.stat()).uid === owner.uid) return;
  if (isDeep) await takeOverBelow(directory, owner);
  // The top last: should this be interrupted, the next start walks again.
  await directory.chown(owner.uid, owner.gid);
}

async function takeOverBelow(directory: FileHandle, owner: FileOwner): Promise<void> {
  // The open folder itself, wherever it may be by now.
  const here = `/proc/self/fd/${directory.fd}`;
  for (const entry of await readdir(here, { withFileTypes: true })) {
    const path = join(here, entry.name);
    if (entry.isDirectory()) {
      await using inner = await openDirectory(path);
      await takeOverBelow(inner, owner);
      await inner.chown(owner.uid, owner.gid);
    } else if (!entry.isSymbolicLink()) {
      await lchown(path, owner.uid, owner.gid);
    }
  }
}
