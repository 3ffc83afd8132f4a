import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import {
  auditFile,
  blobFile,
  blobsDir,
  hostedDir,
  importedBundlesDir,
  isDigest,
  isRepository,
  isTag,
  jobsDir,
  onDemandFile,
  pinsDir,
  registriesDir,
  repositoriesDir,
  revisionLinkDir,
  tagCurrentLink,
  tagIndexLink,
  tagsDir,
  verdictsDir,
} from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';

/** Files of a store, by their paths in it. The lists are in the order in which they are copied. */
export interface KeptFiles {
  /**
   * Content of hosted images. Content is copied first: what is pushed or confirmed meanwhile is not in
   * `others`, and so never half there.
   */
  readonly blobs: readonly string[];
  /** The manifests that remembered tags name. */
  readonly manifests: readonly string[];
  /** Links and records, which lead to blobs. */
  readonly others: readonly string[];
  readonly tags: number;
}

/** Uploads that have not ended cannot go on elsewhere. */
const LEFT_OUT = new Set(['_uploads']);

/**
 * Lists what nobody could fetch again: pins, hosted images, records of trust, admission, jobs and
 * imports, the audit log, and the memory of tags with the manifests that they name.
 */
export async function listStore(root: string): Promise<KeptFiles> {
  const records = [
    pinsDir(root),
    verdictsDir(root, 'trust'),
    verdictsDir(root, 'admission'),
    jobsDir(root),
    importedBundlesDir(root),
    dirname(auditFile(root)),
  ];
  const others: string[] = [];
  const blobs: string[] = [];
  for (const folder of records) for await (const file of walk(folder)) others.push(file);
  if (await orMissing(readFile(onDemandFile(root)))) others.push(onDemandFile(root));
  const hostedBlobs = `${blobsDir(hostedDir(root))}/`;
  for await (const file of walk(hostedDir(root))) {
    (file.startsWith(hostedBlobs) ? blobs : others).push(file);
  }
  const manifests = new Set<string>();
  let tags = 0;
  for await (const { links, manifest } of listTagMemory(root)) {
    others.push(...links);
    manifests.add(manifest);
    tags += 1;
  }
  const inStore = (path: string) => relative(root, path);
  return {
    ...{ blobs: blobs.map(inStore), manifests: [...manifests].map(inStore) },
    ...{ others: others.map(inStore), tags },
  };
}

interface RememberedTag {
  readonly links: readonly string[];
  /** The file of the manifest that the tag names. */
  readonly manifest: string;
}

async function* listTagMemory(root: string): AsyncGenerator<RememberedTag> {
  for (const { name: upstreamId } of await listFolders(registriesDir(root))) {
    for await (const directory of walkRepositories(repositoriesDir(root, upstreamId))) {
      for (const { name: tag } of await listFolders(tagsDir(directory))) {
        if (!isTag(tag)) continue;
        const current = tagCurrentLink(directory, tag);
        const digest = (await orMissing(readFile(current, 'utf8')))?.trim() ?? '';
        if (!isDigest(digest)) continue;
        yield {
          links: [
            join(revisionLinkDir(directory, digest), 'link'),
            tagIndexLink(directory, tag, digest),
            current,
          ],
          manifest: blobFile(root, digest),
        };
      }
    }
  }
}

/** The folders of repositories, and of those below them. */
async function* walkRepositories(top: string, repository = ''): AsyncGenerator<string> {
  for (const { name } of await listFolders(join(top, repository))) {
    const inner = repository === '' ? name : `${repository}/${name}`;
    // All other names in a repository begin with an underscore.
    if (!isRepository(inner)) continue;
    yield join(top, inner);
    yield* walkRepositories(top, inner);
  }
}

/** The plain files below a folder. No link is followed. */
async function* walk(folder: string): AsyncGenerator<string> {
  for (const entry of await listEntries(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) yield* walk(path);
  }
}

async function listFolders(folder: string): Promise<Dirent[]> {
  return (await listEntries(folder)).filter((entry) => entry.isDirectory());
}

/** None in a missing folder. */
async function listEntries(folder: string): Promise<Dirent[]> {
  return (await orMissing(readdir(folder, { withFileTypes: true }))) ?? [];
}
