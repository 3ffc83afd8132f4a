import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  blobDir,
  blobFile,
  egressDir,
  layerLinkDir,
  repositoryDir,
  writeFileAtomic,
} from '@registry-cache/domain';

/**
 * The store as egress sees it: what it has fetched and verified is put where the engines and the
 * hot lane look for it. The data comes first and the link after it, since a link without data is
 * a promise that nobody keeps. Everything here may be removed by others at any time.
 */
export interface ContentStore {
  /** Size in bytes of a blob that is here, whoever may have it. */
  blobSize(digest: string): Promise<number | undefined>;
  /** Where a blob's bytes are, if they are here. */
  blobFile(digest: string): string;
  readBlob(digest: string): Promise<Buffer | undefined>;
  /** Whether this repository may serve the blob: that is what its link says. */
  hasLayer(upstreamId: string, repository: string, digest: string): Promise<boolean>;
  linkLayer(upstreamId: string, repository: string, digest: string): Promise<void>;
  /** Removes bodies in flight that an earlier egress has left; to be called before there are any. */
  removeLeftovers(): Promise<void>;
  /** A name for a body in flight, which the cleaner knows as such and removes when it is left. */
  temporaryFile(): string;
  /** Takes a verified file over as a blob, by rename; one that is here already stays. */
  keepFile(digest: string, file: string): Promise<void>;
  /** The same for a few bytes, as those of a manifest. */
  keepBytes(digest: string, bytes: Uint8Array): Promise<void>;
}

export function openContentStore(root: string): ContentStore {
  const linkFile = (upstreamId: string, repository: string, digest: string) =>
    join(layerLinkDir(repositoryDir(root, upstreamId, repository), digest), 'link');

  const keep = async (digest: string, file: string): Promise<void> => {
    // The cleaner removes a blob with its directory, which may be the one just made.
    for (let attempt = 0; ; attempt += 1) {
      await mkdir(blobDir(root, digest), { recursive: true });
      try {
        await rename(file, blobFile(root, digest));
        return;
      } catch (error) {
        if (attempt === 3 || !isMissing(error)) throw error;
      }
    }
  };

  const store: ContentStore = {
    blobSize: (digest) => sizeOf(blobFile(root, digest)),
    blobFile: (digest) => blobFile(root, digest),
    readBlob: (digest) => orMissing(readFile(blobFile(root, digest))),
    hasLayer: async (...place) => (await sizeOf(linkFile(...place))) !== undefined,
    async linkLayer(upstreamId, repository, digest) {
      const file = linkFile(upstreamId, repository, digest);
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(file, digest);
    },
    async removeLeftovers() {
      const names = (await orMissing(readdir(egressDir(root)))) ?? [];
      const own = names.filter((name) => /^[0-9a-f]{24}$/.test(name));
      await Promise.all(own.map((name) => rm(join(egressDir(root), name), { force: true })));
    },
    temporaryFile: () => join(egressDir(root), randomBytes(12).toString('hex')),
    async keepFile(digest, file) {
      if ((await sizeOf(blobFile(root, digest))) === undefined) return keep(digest, file);
      await rm(file, { force: true });
      await touch(blobFile(root, digest));
    },
    async keepBytes(digest, bytes) {
      if ((await sizeOf(blobFile(root, digest))) !== undefined) return;
      await mkdir(blobDir(root, digest), { recursive: true });
      await writeFileAtomic(blobFile(root, digest), bytes);
    },
  };
  return store;
}

/** So young a blob is left alone until its link is there. */
async function touch(file: string): Promise<void> {
  const now = new Date();
  await orMissing(utimes(file, now, now));
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await orMissing(stat(file)))?.size;
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
