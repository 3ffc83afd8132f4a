import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobFile,
  egressDir,
  layerLinkDir,
  repositoryDir,
  splitDigest,
} from '@registry-cache/domain';
import { inDirectory, orMissing, writeFileAtomic } from '@registry-cache/runtime';
import { digestOf } from '../wire/http/digest.ts';
import { type BegunBodies, openBegunBodies } from './begun-bodies.ts';
import { DamageChecks } from './damage-checks.ts';
import { hasLink, writeLink } from './link-file.ts';

/**
 * Blobs and layer links in the store. Egress writes verified content where engines and the hot lane
 * read it: first the data and then its link, since a link promises that the data is there. Other
 * programs may remove any of it at any time.
 */
export interface ContentStore {
  /**
   * The size in bytes of a stored blob, whichever repository may serve it. An empty file counts only
   * for the digest of no bytes: a power loss leaves empty files.
   */
  blobSize(digest: string): Promise<number | undefined>;
  /** The file of a blob, which need not exist. */
  blobFile(digest: string): string;
  /** Reads a small blob, such as a manifest. Undefined also for bytes that do not match the digest. */
  readBlob(digest: string): Promise<Buffer | undefined>;
  /**
   * Reads a whole blob and removes it if its bytes are wrong, so that it is fetched anew. Its links
   * stay.
   * @returns whether the blob was removed.
   */
  removeDamaged(digest: string): Promise<boolean>;
  /** Whether this repository may serve the blob: its link is the permission. */
  hasLayer(upstreamId: string, repository: string, digest: string): Promise<boolean>;
  linkLayer(upstreamId: string, repository: string, digest: string): Promise<void>;
  /** Unfinished bodies of an earlier egress. Read them before the first fetch. */
  readonly begun: BegunBodies;
  /** A new name for an unfinished body. The cleaner removes such files when they are abandoned. */
  temporaryFile(): string;
  /** Makes a verified file the blob, by rename. It replaces a blob that is stored already. */
  storeFile(digest: string, file: string): Promise<void>;
  /** Stores a few bytes as a blob, such as a manifest, unless the blob is stored already. */
  storeBytes(digest: string, bytes: Uint8Array): Promise<void>;
}

/** A limit against layers that are requested as manifests: they must not fill the memory. */
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
      // Undefined for a file that has been removed meanwhile.
      if (isRight !== false) return false;
      await rm(file, { force: true });
      return true;
    },
    hasLayer: (...place) => hasLink(linkFile(...place)),
    linkLayer: (upstreamId, repository, digest) =>
      writeLink(linkFile(upstreamId, repository, digest), digest),
    begun: openBegunBodies(egressDir(root)),
    temporaryFile: () => join(egressDir(root), randomBytes(12).toString('hex')),
    storeFile: (digest, file) =>
      inDirectory(blobFile(root, digest), () => rename(file, blobFile(root, digest))),
    async storeBytes(digest, bytes) {
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

/** EIO means that the disk has lost the bytes. Other failures say nothing about them. */
function isReadable(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code !== 'EIO';
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await orMissing(stat(file)))?.size;
}
