import { closeSync, fchownSync, lchownSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileOwner } from '@registry-cache/runtime';
import { DIRECTORY, openDirectory } from './safe-directory.ts';

/**
 * Gives a folder and everything below it to an owner, if the folder has another owner. Every step
 * starts at an open folder and follows no link. So it cannot reach anything outside, even if
 * somebody moves or plants entries meanwhile. Links themselves keep their owner.
 */
export async function takeOver(path: string, owner: FileOwner, isDeep: boolean): Promise<void> {
  await using directory = await openDirectory(path);
  if ((await directory.stat()).uid === owner.uid) return;
  if (isDeep) takeOverBelow(directory.fd, owner);
  // The top comes last, so that the next start walks again after an interruption.
  await directory.chown(owner.uid, owner.gid);
}

/**
 * Takes over a folder somewhere below another one. No link on the way is followed either.
 *
 * @param way - Path from `top` to the folder, without `..`.
 */
export async function takeFolderOver(top: string, way: string, owner: FileOwner): Promise<void> {
  const names = way.split('/').filter((name) => name !== '' && name !== '.');
  const last = names.pop();
  let here = await openDirectory(top);
  try {
    for (const name of names) {
      const inner = await openDirectory(`/proc/self/fd/${here.fd}/${name}`);
      await here.close();
      here = inner;
    }
    if (last !== undefined) await takeOver(`/proc/self/fd/${here.fd}/${last}`, owner, true);
  } finally {
    await here.close();
  }
}

/**
 * One call after another, without the event loop: a promise for each of half a million entries takes
 * a minute, the calls themselves take some seconds.
 */
function takeOverBelow(directory: number, owner: FileOwner): void {
  // This path is the open folder itself, even if it was moved.
  const here = `/proc/self/fd/${directory}`;
  for (const entry of readdirSync(here, { withFileTypes: true })) {
    const path = join(here, entry.name);
    if (entry.isDirectory()) takeFolderBelow(path, owner);
    else if (!entry.isSymbolicLink()) lchownSync(path, owner.uid, owner.gid);
  }
}

function takeFolderBelow(path: string, owner: FileOwner): void {
  const inner = openSync(path, DIRECTORY);
  try {
    takeOverBelow(inner, owner);
    fchownSync(inner, owner.uid, owner.gid);
  } finally {
    closeSync(inner);
  }
}
