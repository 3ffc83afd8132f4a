import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isDigest,
  isRepository,
  isTag,
  layersDir,
  revisionsDir,
  tagCurrentLink,
  tagsDir,
} from '@registry-cache/domain';
import { readLink, type TargetTag } from '@registry-cache/intake';
import { orMissing } from '@registry-cache/runtime';
import type { SourceRepository } from '../source.ts';

/**
 * Walks the repositories of a store of distribution. Links are read, never followed as paths: a
 * link counts if its content is a digest, and for blobs and manifests the digest of its folder.
 *
 * @param leftOut - Gets the names of folders and tags that the grammar refuses.
 */
export async function* readRepositories(
  dataDir: string,
  leftOut: string[],
): AsyncGenerator<SourceRepository> {
  for await (const name of repositoryNames(join(dataDir, 'repositories'), '', leftOut)) {
    const directory = join(dataDir, 'repositories', name);
    yield {
      name,
      tags: await readTags(directory, name, leftOut),
      manifests: await readDigests(revisionsDir(directory)),
      layers: await readDigests(layersDir(directory)),
    };
  }
}

/** Components of repository names never start with an underscore; all other names here do. */
async function* repositoryNames(
  top: string,
  parent: string,
  leftOut: string[],
): AsyncGenerator<string> {
  const entries = await folders(join(top, parent));
  if (parent !== '' && entries.some((name) => name === '_manifests' || name === '_layers')) {
    if (isRepository(parent)) yield parent;
    else leftOut.push(parent);
  }
  for (const name of entries) {
    if (!name.startsWith('_')) {
      yield* repositoryNames(top, parent === '' ? name : `${parent}/${name}`, leftOut);
    }
  }
}

async function readTags(
  directory: string,
  repository: string,
  leftOut: string[],
): Promise<TargetTag[]> {
  const tags: TargetTag[] = [];
  for (const tag of await folders(tagsDir(directory))) {
    const isGood = isTag(tag) && (await folders(join(tagsDir(directory), tag))).includes('current');
    const link = isGood ? await readLink(tagCurrentLink(directory, tag)) : undefined;
    if (link === undefined) leftOut.push(`${repository}:${tag}`);
    else tags.push({ tag, ...link });
  }
  return tags;
}

/** The digests of `<algorithm>/<hex>/link` below a folder. */
async function readDigests(directory: string): Promise<string[]> {
  const digests: string[] = [];
  for (const algorithm of await folders(directory)) {
    for (const hex of await folders(join(directory, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      if (!isDigest(digest)) continue;
      const link = await readLink(join(directory, algorithm, hex, 'link'));
      if (link?.digest === digest) digests.push(digest);
    }
  }
  return digests;
}

/** The names of the folders in a folder, without links to folders. Empty if it is missing. */
async function folders(path: string): Promise<string[]> {
  const entries = (await orMissing(readdir(path, { withFileTypes: true }))) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
