import { randomBytes } from 'node:crypto';
import { lutimes, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import {
  blobFile,
  egressDir,
  layerLinkDir,
  MAX_MANIFEST_BYTES,
  repositoryDir,
  revisionLinkDir,
  revisionsDir,
  tagCurrentLink,
  tagDir,
  tagIndexLink,
  tagsDir,
} from '@registry-cache/domain';
import { inDirectory, orMissing } from '@registry-cache/runtime';
import { readLink } from './read-link.ts';
import { statPlainFile } from './stat-plain-file.ts';

/** A tag and the digest that it names. */
export interface TargetTag {
  readonly tag: string;
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly writtenAtMs: number;
}

/** The store that is written to, as one upstream's. Other programs use and clean it meanwhile. */
export interface ImportTarget {
  /** The size in bytes of a stored blob; undefined for a missing or an empty one. */
  blobSize(digest: string): Promise<number | undefined>;
  /** Undefined also for a blob that is too large for a manifest. */
  readManifest(digest: string): Promise<Buffer | undefined>;
  /** Makes a blob count as used now. */
  renewBlob(digest: string): Promise<void>;
  temporaryFile(): string;
  /** Makes a file with the right bytes a blob. `usedAtMs` is its age for the cleaner. */
  storeBlob(digest: string, file: string, usedAtMs: number): Promise<void>;
  linkLayer(repository: string, digest: string): Promise<void>;
  linkManifest(repository: string, digest: string): Promise<void>;
  hasManifest(repository: string, digest: string): Promise<boolean>;
  /**
   * Writes a tag, unless the store has the same digest or a newer one.
   * @returns whether it was written.
   */
  writeTag(repository: string, tag: TargetTag): Promise<boolean>;
  /** Whether the repository may serve the blob. */
  hasLayer(repository: string, digest: string): Promise<boolean>;
  /** The digest of a tag; undefined for a tag that is not here. */
  readTag(repository: string, tag: string): Promise<string | undefined>;
  /** The tags of a repository, in order. */
  listTags(repository: string): Promise<string[]>;
  /** @returns whether there was such a tag. */
  removeTag(repository: string, tag: string): Promise<boolean>;
  /** Takes a manifest out of a repository. Its blob ages out. @returns whether it was there. */
  removeManifest(repository: string, digest: string): Promise<boolean>;
}

/**
 * The time of links that egress has not written. Of a layer's link it says that the layer stays with
 * this replica. Of a manifest's link it says the same, and that no rule of trust or admission has
 * looked at it yet. Of a tag's link it says that the upstream has not confirmed it
 * lately, whatever tier the tag has. So the next pull asks, and gets this digest if the upstream is
 * away.
 */
const UNCONFIRMED = new Date(0);

/** @param root - The real path of the store. */
export function openTarget(root: string, upstreamId: string): ImportTarget {
  const directory = (repository: string) => repositoryDir(root, upstreamId, repository);
  const revisionLink = (repository: string, digest: string) =>
    join(revisionLinkDir(directory(repository), digest), 'link');
  return {
    async blobSize(digest) {
      const file = await statPlainFile(blobFile(root, digest), root);
      return file?.sizeBytes === 0 ? undefined : file?.sizeBytes;
    },
    async readManifest(digest) {
      const file = await statPlainFile(blobFile(root, digest), root);
      if (file === undefined || file.sizeBytes > MAX_MANIFEST_BYTES) return undefined;
      return orMissing(readFile(blobFile(root, digest)));
    },
    async renewBlob(digest) {
      const file = blobFile(root, digest);
      const stats = await orMissing(stat(file));
      if (stats !== undefined) await orMissing(lutimes(file, new Date(), stats.mtime));
    },
    // Another kind of name than egress's own, which egress removes at its start.
    temporaryFile: () => join(egressDir(root), `import-${randomBytes(12).toString('hex')}`),
    async storeBlob(digest, file, usedAtMs) {
      const nowMs = Date.now();
      // The cleaner leaves a blob of this age alone until its link is written.
      await utimes(file, new Date(Math.min(usedAtMs, nowMs)), new Date(nowMs));
      await inDirectory(blobFile(root, digest), () => rename(file, blobFile(root, digest)));
    },
    async linkLayer(repository, digest) {
      const link = join(layerLinkDir(directory(repository), digest), 'link');
      // One that egress has written stays so.
      if ((await readLink(link))?.digest !== digest) await writeLink(link, digest, UNCONFIRMED);
    },
    async linkManifest(repository, digest) {
      const link = revisionLink(repository, digest);
      // One that egress has checked stays so.
      if ((await readLink(link))?.digest !== digest) await writeLink(link, digest, UNCONFIRMED);
      await touch(revisionsDir(directory(repository)));
    },
    async hasManifest(repository, digest) {
      return (await readLink(revisionLink(repository, digest)))?.digest === digest;
    },
    async writeTag(repository, { tag, digest, writtenAtMs }) {
      const current = tagCurrentLink(directory(repository), tag);
      const here = await readLink(current);
      if (here !== undefined && (here.digest === digest || here.writtenAtMs >= writtenAtMs)) {
        return false;
      }
      // In distribution's order: first the index of all digests, then the current one.
      await writeLink(tagIndexLink(directory(repository), tag, digest), digest);
      await writeLink(current, digest, UNCONFIRMED);
      await touch(tagsDir(directory(repository)));
      return true;
    },
    async hasLayer(repository, digest) {
      const file = join(layerLinkDir(directory(repository), digest), 'link');
      return (await readLink(file))?.digest === digest;
    },
    async readTag(repository, tag) {
      return (await readLink(tagCurrentLink(directory(repository), tag)))?.digest;
    },
    async listTags(repository) {
      return ((await orMissing(readdir(tagsDir(directory(repository))))) ?? []).sort();
    },
    async removeTag(repository, tag) {
      const isThere = (await readLink(tagCurrentLink(directory(repository), tag))) !== undefined;
      await rm(tagDir(directory(repository), tag), { recursive: true, force: true });
      return isThere;
    },
    async removeManifest(repository, digest) {
      const isThere = (await readLink(revisionLink(repository, digest))) !== undefined;
      await rm(revisionLinkDir(directory(repository), digest), { recursive: true, force: true });
      return isThere;
    },
  };
}

/** The catalog looks at this time to see that something below has changed. */
async function touch(folder: string): Promise<void> {
  const now = new Date();
  await orMissing(utimes(folder, now, now));
}

/** Writes a link whole, with its time: readers never see it with another one. */
async function writeLink(file: string, digest: string, time?: Date): Promise<void> {
  await inDirectory(file, async () => {
    const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await using handle = await open(temporary, 'wx', 0o644);
      await handle.writeFile(digest);
      if (time !== undefined) await handle.utimes(time, time);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}
