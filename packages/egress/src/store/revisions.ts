import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryDir, revisionsDir } from '@registry-cache/domain';

/** How many links are checked at once. */
const BATCH = 100;

/** The digests of the manifests that a repository is linked to; empty for an unknown repository. */
export async function listRevisions(
  root: string,
  upstreamId: string,
  repository: string,
): Promise<string[]> {
  return linkedDigests(revisionsDir(repositoryDir(root, upstreamId, repository)));
}

/** The digests that have a link in the folder of layers or revisions. */
export async function linkedDigests(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const algorithm of await foldersIn(directory)) {
    const names = await foldersIn(join(directory, algorithm));
    for (let start = 0; start < names.length; start += BATCH) {
      const batch = names.slice(start, start + BATCH);
      const links = await Promise.all(batch.map((hex) => isLinked(directory, algorithm, hex)));
      found.push(...batch.filter((_, index) => links[index]).map((hex) => `${algorithm}:${hex}`));
    }
  }
  return found;
}

/** The cleaner will remove a folder without a link. */
async function isLinked(directory: string, algorithm: string, hex: string): Promise<boolean> {
  const link = stat(join(directory, algorithm, hex, 'link'));
  return link.then(
    () => true,
    () => false,
  );
}

/** The names of the folders in a folder; none if it is missing. */
async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
