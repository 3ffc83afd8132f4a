import {
  repositoryDir,
  tagCurrentLink,
  tagDir,
  tagIndexLink,
  tagsDir,
} from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import {
  type Link,
  readLink,
  removeLinks,
  setLinkTime,
  touchDirectory,
  writeLink,
} from './link-file.ts';

export interface TagReference {
  readonly upstreamId: string;
  readonly repository: string;
  readonly tag: string;
}

/** The digest of a tag, as the upstream last confirmed it. */
export interface TagRecord {
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly confirmedAtMs: number;
}

/**
 * The remembered tags. Their tag links are the memory: a link's content is the digest, and its file
 * time is the upstream's last confirmation. So the memory survives a restart, and goes with the image.
 */
export interface TagStore {
  read(reference: TagReference): Promise<TagRecord | undefined>;
  write(reference: TagReference, record: TagRecord): Promise<void>;
  confirm(reference: TagReference, record: TagRecord): Promise<void>;
  remove(reference: TagReference): Promise<void>;
}

/** How many tags have a file time that is known to be ours. The time of any other link is believed. */
const CAPACITY = 10_000;

export function openTagStore(root: string): TagStore {
  const directory = ({ upstreamId, repository }: TagReference) =>
    repositoryDir(root, upstreamId, repository);
  const current = (reference: TagReference) => tagCurrentLink(directory(reference), reference.tag);
  const ours = createBoundedMap<string, TagRecord>(CAPACITY);
  // Content and time change one after the other: readers wait until both have changed.
  const writing = new Map<string, Promise<void>>();

  const note = (file: string, record: TagRecord): TagRecord => {
    ours.set(file, record);
    return record;
  };

  /**
   * Checks the file time against our last confirmation. An engine that serves in the hot lane's place
   * rewrites each tag that it asks for. That confirms nothing, so a later time is set back to ours. An
   * older time comes from an operator who wants the tag checked again.
   */
  const settle = async (file: string, known: TagRecord | undefined, link: Link) => {
    const isSame = link.digest === known?.digest;
    const laterMs = isSame ? link.mtimeMs - known.confirmedAtMs : 0;
    // Each filesystem rounds times in its own way.
    if (isSame && Math.abs(laterMs) <= 2) return known;
    if (!isSame || laterMs < 0) {
      return note(file, { digest: link.digest, confirmedAtMs: link.mtimeMs });
    }
    await setLinkTime(file, known.confirmedAtMs);
    return known;
  };

  const change = async (
    reference: TagReference,
    record: TagRecord,
    work: (file: string) => unknown,
  ) => {
    const file = current(reference);
    const { promise, resolve } = Promise.withResolvers<void>();
    writing.set(file, promise);
    try {
      await work(file);
      await setLinkTime(file, record.confirmedAtMs);
      note(file, record);
    } finally {
      writing.delete(file);
      resolve();
    }
  };

  return {
    async read(reference) {
      const file = current(reference);
      for (;;) {
        await writing.get(file);
        const known = ours.get(file);
        const link = await readLink(file);
        if (writing.has(file) || ours.get(file) !== known) continue;
        if (link !== undefined) return settle(file, known, link);
        ours.delete(file);
        return undefined;
      }
    },
    write: (reference, record) =>
      change(reference, record, async (file) => {
        // In distribution's order: first the index of all digests, then the current one.
        await writeLink(
          tagIndexLink(directory(reference), reference.tag, record.digest),
          record.digest,
        );
        await writeLink(file, record.digest);
        await touchDirectory(tagsDir(directory(reference)));
      }),
    confirm: (reference, record) => change(reference, record, () => undefined),
    async remove(reference) {
      ours.delete(current(reference));
      await removeLinks(tagDir(directory(reference), reference.tag));
    },
  };
}
