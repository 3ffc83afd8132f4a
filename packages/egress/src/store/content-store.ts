import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobFile,
  egressDir,
  layerLinkDir,
  repositoryDir,
  splitDigest,
} from '@registry-cache/domain';
import { writeFileAtomic } from '@registry-cache/runtime';
import { digestOf } from '../wire/http/digest.ts';
import { DamageChecks } from './damage-checks.ts';
import { inDirectory } from './in-directory.ts';
import { hasLink, writeLink } from './link-file.ts';
import { orMissing } from './missing.ts';

/**
 * The store as egress sees it: what it has fetched and verified is put where the engines and the
 * hot lane look for it. The data comes first and the link after it, since a link without data is
 * a promise that nobody keeps. Everything here may be removed by others at any time.
 */
export interface ContentStore {
  /**
   * Size in bytes of a blob that is here, whoever may have it. A file of no bytes is none, unless
   * the digest is that of no bytes: a power loss leaves such files.
   */
  blobSize(digest: string): Promise<number | undefined>;
  /** Where a blob's bytes are, if they are here. */
  blobFile(digest: string): string;
  /** Small content, such as a manifest. Undefined too where its bytes do not have the digest. */
  readBlob(digest: string): Promise<Buffer | undefined>;
  /**
   * Reads a blob whole and takes it out if its bytes are wrong, so that it is fetched anew. Its
   * links stay.
   * @returns whether it was taken out.
   */
  removeDamaged(digest: string): Promise<boolean>;
  /** Whether this repository may serve the blob: that is what its link says. */
  hasLayer(upstreamId: string, repository: string, digest: string): Promise<boolean>;
  linkLayer(upstreamId: string, repository: string, digest: string): Promise<void>;
  /** Removes bodies in flight that an earlier egress has left; to be called before there are any. */
  removeLeftovers(): Promise<void>;
  /** A name for a body in flight, which the cleaner knows as such and removes when it is left. */
  temporaryFile(): string;
  /** Takes a verified file over as a blob, by rename, in place of any that is here already. */
  keepFile(digest: string, file: string): Promise<void>;
  /** The same for a few bytes, as those of a manifest. */
  keepBytes(digest: string, bytes: Uint8Array): Promise<void>;
}

/** A layer that is asked for as if it were a manifest never comes into memory. */
const MAX_READ_BYTES = 4 * 1024 * 1024;

export function openContentStore(root: string): ContentStore {
  const linkFile = (upstreamId: string, repository: string, digest: string) =>
    join(layerLinkDir(repositoryDir(root, upstreamId, repository), digest), 'link');

  const damageChecks = new DamageChecks();
  const store: ContentStore = {
    async blobSize(digest) {
      const sizeBytes = await sizeOf(blobFile(root, digest));
      return sizeBytes === 0 && !isDigestOf(Buffer.alloc(0), digest) ? undefined : sizeBytes;
    },
    blobFile: (digest) => blobFile(root, digest),
    async readBlob(digest) {
      if (((await sizeOf(blobFile(root, digest))) ?? 0) > MAX_READ_BYTES) return undefined;
      const bytes = await orMissing(readFile(blobFile(root, digest)));
      return bytes !== undefined && isDigestOf(bytes, digest) ? bytes : undefined;
    },
    async removeDamaged(digest) {
      const file = blobFile(root, digest);
      const isRight = await orMissing(damageChecks.isRight(file, digest)).catch(isReadable);
      // Undefined for one that has gone meanwhile.
      if (isRight !== false) return false;
      await rm(file, { force: true });
      return true;
    },
    hasLayer: (...place) => hasLink(linkFile(...place)),
    linkLayer: (upstreamId, repository, digest) =>
      writeLink(linkFile(upstreamId, repository, digest), digest),
    async removeLeftovers() {
      const names = (await orMissing(readdir(egressDir(root)))) ?? [];
      const own = names.filter((name) => /^[0-9a-f]{24}$/.test(name));
      await Promise.all(own.map((name) => rm(join(egressDir(root), name), { force: true })));
    },
    temporaryFile: () => join(egressDir(root), randomBytes(12).toString('hex')),
    keepFile: (digest, file) =>
      inDirectory(blobFile(root, digest), () => rename(file, blobFile(root, digest))),
    async keepBytes(digest, bytes) {
      if ((await store.readBlob(digest)) !== undefined) return;
      const file = blobFile(root, digest);
      await inDirectory(file, () => writeFileAtomic(file, bytes));
    },
  };
  return store;
}

function isDigestOf(bytes: Uint8Array, digest: string): boolean {
  return digestOf(bytes, splitDigest(digest).algorithm) === digest;
}

/** Bytes that the disk has lost are damage. Any other failure says nothing about them. */
function isReadable(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code !== 'EIO';
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await orMissing(stat(file)))?.size;
}
