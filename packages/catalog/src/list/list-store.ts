import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRepository, isTag, tagCurrentLink, tagsDir } from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';

/** The repositories below a directory that have manifests, each before the ones below it. */
export async function* listRepositories(top: string, parent = ''): AsyncGenerator<string> {
  const entries = await listEntries(parent === '' ? top : join(top, parent));
  for (const entry of entries) {
    // All other names in a repository begin with an underscore.
    if (!entry.isDirectory() || entry.name.startsWith('_')) continue;
    const name = parent === '' ? entry.name : `${parent}/${entry.name}`;
    if (!isRepository(name)) continue;
    if (await isThere(join(top, name, '_manifests'))) yield name;
    yield* listRepositories(top, name);
  }
}

/** The tags of the repository in this directory. */
export async function* listTags(directory: string): AsyncGenerator<string> {
  for (const { name } of await listEntries(tagsDir(directory))) {
    // The cleaner will remove a directory without a link.
    if (isTag(name) && (await isThere(tagCurrentLink(directory, name)))) yield name;
  }
}

/** The entries by their names; none in a missing directory. */
async function listEntries(directory: string): Promise<Dirent[]> {
  const entries = await orMissing(readdir(directory, { withFileTypes: true }));
  return (entries ?? []).sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function isThere(path: string): Promise<boolean> {
  return (await orMissing(stat(path))) !== undefined;
}
