import { lstat, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { blobsDir, egressDir, InvalidInputError, registriesDir } from '@registry-cache/domain';

/** A store of distribution, by its real path. */
export interface DistributionLayout {
  /** The folder that has `blobs` and `repositories`. */
  readonly dataDir: string;
  /** Whether it lies in our own store's folder, so that files can change their place by rename. */
  readonly isInStore: boolean;
}

const ACCEPTED = 'a folder with docker/registry/v2/repositories in it, or that v2 itself';

/**
 * Finds the store of distribution in a folder. The operator's own links that lead to the folder are
 * followed; no link inside of it is.
 * @throws InvalidInputError for a folder without such a store, and for a part of our own store.
 */
export async function findDistribution(dir: string, root: string): Promise<DistributionLayout> {
  const path = `--from-distribution ${dir}`;
  const top = await realpath(dir).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError([{ path, found: error.code ?? error.message, accepted: ACCEPTED }]);
  });
  const dataDir = (await hasFolders(top, 'docker', 'registry', 'v2', 'repositories'))
    ? join(top, 'docker', 'registry', 'v2')
    : top;
  if (!(await hasFolders(dataDir, 'repositories'))) {
    const found = 'no docker/registry/v2/repositories in it';
    throw new InvalidInputError([{ path, found, accepted: ACCEPTED }]);
  }
  const store = await realpath(root).catch(() => root);
  if ([blobsDir, registriesDir, egressDir].some((part) => isBelow(dataDir, part(store)))) {
    const found = 'a part of this cache’s own store';
    throw new InvalidInputError([{ path, found, accepted: ACCEPTED }]);
  }
  return { dataDir, isInStore: isBelow(dataDir, store) };
}

/** Whether each of these is a folder in the one before, and no link. */
async function hasFolders(top: string, ...names: readonly string[]): Promise<boolean> {
  let path = top;
  for (const name of names) {
    path = join(path, name);
    const entry = await lstat(path).catch(() => undefined);
    if (!entry?.isDirectory()) return false;
  }
  return true;
}

function isBelow(path: string, top: string): boolean {
  const way = relative(top, path);
  return way === '' || (way !== '..' && !way.startsWith('../'));
}
