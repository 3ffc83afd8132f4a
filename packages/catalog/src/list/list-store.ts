import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRepository, isTag, revisionsDir, tagCurrentLink, tagsDir } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';

/** How many links are checked at once. */
const BATCH = 100;

/** The repositories below a directory that have manifests, each before the ones below it. */
export async function* listRepositories(top: string, parent = ''): AsyncGenerator<string> {
  const entries = await listEntries(parent === '' ? top : join(top, parent));
  for (const entry of entries) {
    // All other names in a repository begin with an underscore.
    if (!entry.isDirectory() || entry.name.startsWith('_')) continue;
    const name = parent === '' ? entry.name : `${parent}/${entry.name}`;
    if (!isRepository(name)) continue;
    if (await hasRevision(revisionsDir(join(top, name)))) yield name;
    yield* listRepositories(top, name);
  }
}

/** The tags of the repository in this directory. */
export async function* listTags(directory: string): AsyncGenerator<string> {
  const names = (await listEntries(tagsDir(directory))).map(({ name }) => name).filter(isTag);
  for (let start = 0; start < names.length; start += BATCH) {
    const batch = names.slice(start, start + BATCH);
    const links = batch.map((name) => isThere(tagCurrentLink(directory, name)));
    const found = await Promise.all(links);
    // The cleaner will remove a directory without a link.
    yield* batch.filter((_, index) => found[index]);
  }
}

/** Whether a repository has a manifest. The cleaner will remove a directory without a link. */
async function hasRevision(directory: string): Promise<boolean> {
  for (const { name: algorithm } of await listEntries(directory)) {
    for (const { name: hex } of await listEntries(join(directory, algorithm))) {
      if (await isThere(join(directory, algorithm, hex, 'link'))) return true;
    }
  }
  return false;
}

/** The entries by their names; none in a missing directory. */
async function listEntries(directory: string): Promise<Dirent[]> {
  const entries = await orMissing(readdir(directory, { withFileTypes: true }));
  return (entries ?? []).sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function isThere(path: string): Promise<boolean> {
  return (await orMissing(stat(path))) !== undefined;
}
