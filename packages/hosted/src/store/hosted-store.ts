import { readdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobDir,
  blobFile,
  HOSTED_ID,
  isDigest,
  layerLinkDir,
  layersDir,
  MAX_MANIFEST_BYTES,
  repositoriesDir,
  repositoryDir,
  revisionLinkDir,
  revisionsDir,
  tagCurrentLink,
  tagsDir,
  uploadsDir,
} from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';

/** A file of the tree, and how old it is. */
export interface Aged {
  readonly name: string;
  readonly changedMs: number;
}

/** A blob or an upload and the room that it takes. */
export interface Sized extends Aged {
  readonly sizeBytes: number;
}

/** An upload that has not ended. */
export interface Upload {
  readonly offset: number;
  readonly startedAt: string;
}

/** The tree of hosted images, as the engine writes it. Names and digests are checked before. */
export class HostedStore {
  readonly root: string;

  /** @param root - `hostedDir` of the store. */
  constructor(root: string) {
    this.root = root;
  }

  repositoryDir(repository: string): string {
    return repositoryDir(this.root, HOSTED_ID, repository);
  }

  /** All repositories, also those that have no manifest. */
  async *repositories(parent = ''): AsyncGenerator<string> {
    const top = repositoriesDir(this.root, HOSTED_ID);
    for (const name of await listNames(join(top, parent))) {
      if (name.startsWith('_')) continue;
      const repository = parent === '' ? name : `${parent}/${name}`;
      const inside = await listNames(join(top, repository));
      if (inside.some((one) => one.startsWith('_'))) yield repository;
      yield* this.repositories(repository);
    }
  }

  async hasRepository(repository: string): Promise<boolean> {
    const names = await listNames(this.repositoryDir(repository));
    return names.some((name) => name === '_manifests' || name === '_layers');
  }

  /** The digests of the manifests of a repository. */
  revisions(repository: string): Promise<Aged[]> {
    return listLinks(revisionsDir(this.repositoryDir(repository)));
  }

  /** The digests of the blobs of a repository. */
  layers(repository: string): Promise<Aged[]> {
    return listLinks(layersDir(this.repositoryDir(repository)));
  }

  /** The digests that the tags of a repository name. */
  async taggedDigests(repository: string): Promise<ReadonlySet<string>> {
    const directory = this.repositoryDir(repository);
    const digests = new Set<string>();
    for (const tag of await listNames(tagsDir(directory))) {
      const digest = await orMissing(readFile(tagCurrentLink(directory, tag), 'utf8'));
      if (digest !== undefined) digests.add(digest.trim());
    }
    return digests;
  }

  hasRevision(repository: string, digest: string): Promise<boolean> {
    return isThere(join(revisionLinkDir(this.repositoryDir(repository), digest), 'link'));
  }

  hasLayer(repository: string, digest: string): Promise<boolean> {
    return isThere(join(layerLinkDir(this.repositoryDir(repository), digest), 'link'));
  }

  async removeRevision(repository: string, digest: string): Promise<void> {
    await remove(revisionLinkDir(this.repositoryDir(repository), digest));
  }

  async removeLayer(repository: string, digest: string): Promise<void> {
    await remove(layerLinkDir(this.repositoryDir(repository), digest));
  }

  async removeBlob(digest: string): Promise<void> {
    await remove(blobDir(this.root, digest));
  }

  /** The content of a blob; undefined for one that is missing, or larger than any manifest. */
  async readManifest(digest: string): Promise<Buffer | undefined> {
    const file = blobFile(this.root, digest);
    const found = await orMissing(stat(file));
    if (found === undefined || found.size > MAX_MANIFEST_BYTES) return undefined;
    return orMissing(readFile(file));
  }

  async blobSize(digest: string): Promise<number | undefined> {
    return (await orMissing(stat(blobFile(this.root, digest))))?.size;
  }

  /** Every blob. */
  async *blobs(): AsyncGenerator<Sized> {
    const top = join(this.root, 'blobs');
    for (const algorithm of await listNames(top)) {
      for (const short of await listNames(join(top, algorithm))) {
        for (const hex of await listNames(join(top, algorithm, short))) {
          const found = await orMissing(stat(join(top, algorithm, short, hex, 'data')));
          if (found === undefined) continue;
          yield { name: `${algorithm}:${hex}`, sizeBytes: found.size, changedMs: found.mtimeMs };
        }
      }
    }
  }

  /** The uploads of a repository that have not ended. */
  async *uploads(repository: string): AsyncGenerator<Sized> {
    for (const name of await listNames(uploadsDir(this.repositoryDir(repository)))) {
      const data = await orMissing(stat(join(this.#uploadDir(repository, name), 'data')));
      const start = await orMissing(stat(join(this.#uploadDir(repository, name), 'startedat')));
      const changedMs = Math.max(data?.mtimeMs ?? 0, start?.mtimeMs ?? 0);
      yield { name, sizeBytes: data?.size ?? 0, changedMs };
    }
  }

  /** Undefined for an upload that is not known, or has ended. */
  async findUpload(repository: string, id: string): Promise<Upload | undefined> {
    const directory = this.#uploadDir(repository, id);
    const startedAt = await orMissing(readFile(join(directory, 'startedat'), 'utf8'));
    if (startedAt === undefined) return undefined;
    const data = await orMissing(stat(join(directory, 'data')));
    return { offset: data?.size ?? 0, startedAt: startedAt.trim() };
  }

  async removeUpload(repository: string, id: string): Promise<void> {
    const directory = this.#uploadDir(repository, id);
    // After a full disk the engine keeps the file open, and with it the room of a removed one.
    await orMissing(truncate(join(directory, 'data')));
    await remove(directory);
  }

  #uploadDir(repository: string, id: string): string {
    return join(uploadsDir(this.repositoryDir(repository)), id);
  }
}

async function listLinks(top: string): Promise<Aged[]> {
  const found: Aged[] = [];
  for (const algorithm of await listNames(top)) {
    for (const hex of await listNames(join(top, algorithm))) {
      const link = await orMissing(stat(join(top, algorithm, hex, 'link')));
      const name = `${algorithm}:${hex}`;
      if (link !== undefined && isDigest(name)) found.push({ name, changedMs: link.mtimeMs });
    }
  }
  return found;
}

async function listNames(directory: string): Promise<string[]> {
  return ((await orMissing(readdir(directory))) ?? []).sort();
}

async function isThere(path: string): Promise<boolean> {
  return (await orMissing(stat(path))) !== undefined;
}

async function remove(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
