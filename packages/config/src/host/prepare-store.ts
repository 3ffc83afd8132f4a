import { constants } from 'node:fs';
import { access, chown, lstat, mkdir, opendir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BLOBS_LINK_TARGET,
  blobsDir,
  egressDir,
  engineDataDir,
  engineRoot,
  InvalidInputError,
  registriesDir,
} from '@registry-cache/domain';
import type { RunUser } from './user.ts';

/**
 * Makes the store's own directories and takes them over for the programs' user. Folders come
 * as operators make them, so that a store of another owner is walked through once.
 *
 * @throws InvalidInputError where the store cannot be written to.
 */
export async function prepareStore(root: string, user: RunUser | undefined): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    if (user !== undefined) await takeOver(root, user, false);
    await access(root, constants.W_OK | constants.X_OK);
    for (const directory of [blobsDir(root), registriesDir(root), egressDir(root)]) {
      await mkdir(directory, { recursive: true });
      if (user !== undefined) await takeOver(directory, user, true);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? code : message;
    const accepted = 'a directory that this container may write to';
    throw new InvalidInputError([{ path: `REGISTRYDIR ${root}`, found, accepted }]);
  }
}

/** The root of one engine, whose `blobs` is the store's common folder. */
export async function prepareEngineRoot(
  root: string,
  upstreamId: string,
  user: RunUser | undefined,
): Promise<void> {
  const data = engineDataDir(root, upstreamId);
  await mkdir(join(data, 'repositories'), { recursive: true });
  const link = join(data, 'blobs');
  const target = await readlink(link).catch(() => undefined);
  if (target !== BLOBS_LINK_TARGET) {
    await rm(link, { recursive: true, force: true });
    await symlink(BLOBS_LINK_TARGET, link);
  }
  if (user !== undefined) await takeOver(engineRoot(root, upstreamId), user, true);
}

/** Changes the owner; of what is below too, if the top is somebody else's. */
async function takeOver(path: string, user: RunUser, isDeep: boolean): Promise<void> {
  const { uid } = await lstat(path);
  if (uid === user.uid) return;
  if (isDeep) {
    const directory = await opendir(path, { recursive: true });
    for await (const entry of directory) {
      const inside = join(entry.parentPath, entry.name);
      // A symbolic link's own owner does not matter; what it points to is walked on its own.
      if (!entry.isSymbolicLink()) await chown(inside, user.uid, user.gid);
    }
  }
  // The top last: should this be interrupted, the next start walks again.
  await chown(path, user.uid, user.gid);
}
