import { constants } from 'node:fs';
import { access, lstat, mkdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  auditFile,
  BLOBS_LINK_TARGET,
  blobsDir,
  bucketQueueDir,
  egressDir,
  engineDataDir,
  eventsFile,
  historyFile,
  hostedDir,
  InvalidInputError,
  importedBundlesDir,
  jobsDir,
  logQueueDir,
  pinsDir,
  registriesDir,
  verdictsDir,
} from '@registry-cache/domain';
import type { RunUser } from './run-user.ts';
import { takeOver } from './take-over.ts';

/**
 * Takes a store over for the programs' user. Operators make the folders, so a folder of another
 * owner is walked through once. Root does nothing else in a store.
 *
 * @param runRoot - The run directory, which must not be in the store.
 * @throws InvalidInputError where the store cannot be taken over.
 */
export async function takeStoreOver(root: string, user: RunUser, runRoot: string): Promise<void> {
  await refusing(root, async () => {
    await mkdir(root, { recursive: true });
    // The operator's own links to the store are followed, and no others.
    const top = await realpath(root);
    await refuseInside(top, runRoot);
    // The top comes last: until then the programs' user cannot change its entries.
    const others = OTHER_FOLDERS.map((folder) => folder(top));
    for (const directory of [...ownFolders(top), ...others]) {
      if (await isFolder(directory)) await takeOver(directory, user, true);
    }
    await takeOver(top, user, false);
  });
}

/**
 * Makes the store's own directories, and the root of each engine, as the user that uses them.
 *
 * @throws InvalidInputError where the store cannot be written to.
 */
export async function prepareStore(root: string, upstreamIds: readonly string[]): Promise<void> {
  await refusing(root, async () => {
    await mkdir(root, { recursive: true });
    await access(root, constants.W_OK | constants.X_OK);
    for (const directory of ownFolders(root)) {
      await mkdir(directory, { recursive: true });
    }
    for (const id of upstreamIds) await prepareEngineRoot(root, id);
  });
}

/** Folders that programs make where they need them. */
const OTHER_FOLDERS = [
  ...[logQueueDir, hostedDir, jobsDir, pinsDir, bucketQueueDir, importedBundlesDir],
  (root: string) => verdictsDir(root, 'trust'),
  (root: string) => verdictsDir(root, 'admission'),
  (root: string) => dirname(eventsFile(root, 'egress')),
  (root: string) => dirname(historyFile(root)),
];

/** The folders of every store. */
function ownFolders(root: string): readonly string[] {
  return [blobsDir(root), registriesDir(root), egressDir(root), dirname(auditFile(root))];
}

/** The store's owner could replace files in it, and root reads those of the run directory. */
async function refuseInside(top: string, runRoot: string): Promise<void> {
  if (!`${await realpath(runRoot)}/`.startsWith(top.endsWith('/') ? top : `${top}/`)) return;
  const accepted = 'a folder outside of REGISTRYDIR, where the container starts as root';
  throw new InvalidInputError([{ path: 'RUNDIR', found: `${runRoot} in ${top}`, accepted }]);
}

/** The root of one engine. Its `blobs` is a link to the store's common folder. */
async function prepareEngineRoot(root: string, upstreamId: string): Promise<void> {
  const data = engineDataDir(root, upstreamId);
  await mkdir(join(data, 'repositories'), { recursive: true });
  const link = join(data, 'blobs');
  const target = await readlink(link).catch(() => undefined);
  if (target === BLOBS_LINK_TARGET) return;
  await rm(link, { recursive: true, force: true });
  await symlink(BLOBS_LINK_TARGET, link);
}

async function refusing(root: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === 'EACCES' || code === 'EROFS' || code === 'EPERM' ? code : message;
    const accepted = 'a directory that this container may write to';
    throw new InvalidInputError([{ path: `REGISTRYDIR ${root}`, found, accepted }]);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
