import { repositoryDir, tagCurrentLink, tagDir, tagIndexLink } from '@registry-cache/domain';
import { createBoundedMap } from '@registry-cache/runtime';
import { type Link, readLink, removeLinks, setLinkTime, writeLink } from './link-file.ts';

export interface TagPlace {
  readonly upstreamId: string;
  readonly repository: string;
  readonly tag: string;
}

/** What a tag was when the upstream last said so. */
export interface TagRecord {
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly confirmedAtMs: number;
}

/**
 * The memory of tags is the tag links themselves: the content is the digest, the time of the file
 * is when the upstream last confirmed it. So it survives a restart and goes with the image.
 */
export interface TagStore {
  read(place: TagPlace): Promise<TagRecord | undefined>;
  write(place: TagPlace, record: TagRecord): Promise<void>;
  confirm(place: TagPlace, record: TagRecord): Promise<void>;
  remove(place: TagPlace): Promise<void>;
}

/** Tags whose time is known to be ours; any other's is taken at its word. */
const CAPACITY = 10_000;

export function openTagStore(root: string): TagStore {
  const directory = ({ upstreamId, repository }: TagPlace) =>
    repositoryDir(root, upstreamId, repository);
  const current = (place: TagPlace) => tagCurrentLink(directory(place), place.tag);
  const ours = createBoundedMap<string, TagRecord>(CAPACITY);
  // Content and time change one after the other, which nobody may see.
  const writing = new Map<string, Promise<void>>();

  const note = (file: string, record: TagRecord): TagRecord => {
    ours.set(file, record);
    return record;
  };

  /**
   * An engine that serves in the hot lane's place writes each tag anew that it asks here about.
   * That is no confirmation, so the time that is ours is put back. An older one is a wish.
   */
  const settle = async (file: string, known: TagRecord | undefined, link: Link) => {
    const isSame = link.digest === known?.digest;
    const laterMs = isSame ? link.mtimeMs - known.confirmedAtMs : 0;
    // Filesystems round times, each in its own way.
    if (isSame && Math.abs(laterMs) <= 2) return known;
    if (!isSame || laterMs < 0) {
      return note(file, { digest: link.digest, confirmedAtMs: link.mtimeMs });
    }
    await setLinkTime(file, known.confirmedAtMs);
    return known;
  };

  const change = async (place: TagPlace, record: TagRecord, work: (file: string) => unknown) => {
    const file = current(place);
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
    async read(place) {
      const file = current(place);
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
    write: (place, record) =>
      change(place, record, async (file) => {
        // As distribution does: what the tag was ever, then what it is.
        await writeLink(tagIndexLink(directory(place), place.tag, record.digest), record.digest);
        await writeLink(file, record.digest);
      }),
    confirm: (place, record) => change(place, record, () => undefined),
    async remove(place) {
      ours.delete(current(place));
      await removeLinks(tagDir(directory(place), place.tag));
    },
  };
}
