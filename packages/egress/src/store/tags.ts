import { repositoryDir, tagCurrentLink, tagDir, tagIndexLink } from '@registry-cache/domain';
import { readLink, removeLinks, setLinkTime, writeLink } from './link-file.ts';

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

/** Tags whose time is known to be ours; older ones are taken at their word. */
const CAPACITY = 10_000;

export function openTagStore(root: string): TagStore {
  const directory = ({ upstreamId, repository }: TagPlace) =>
    repositoryDir(root, upstreamId, repository);
  const current = (place: TagPlace) => tagCurrentLink(directory(place), place.tag);
  // An engine that serves in the hot lane's place writes each tag anew that it asks here about.
  // That is no confirmation, so the time that is ours is put back.
  const ours = new Map<string, TagRecord>();

  const note = (place: TagPlace, record: TagRecord): void => {
    const file = current(place);
    ours.delete(file);
    ours.set(file, record);
    const oldest = ours.keys().next().value;
    if (ours.size > CAPACITY && oldest !== undefined) ours.delete(oldest);
  };

  const stamp = async (place: TagPlace, record: TagRecord): Promise<void> => {
    await setLinkTime(current(place), record.confirmedAtMs);
    note(place, record);
  };

  return {
    async read(place) {
      const link = await readLink(current(place));
      const known = ours.get(current(place));
      if (link === undefined) {
        ours.delete(current(place));
        return undefined;
      }
      const record = { digest: link.digest, confirmedAtMs: link.mtimeMs };
      // Filesystems round times, each in its own way. An older time is an operator's wish.
      const isOurs = link.digest === known?.digest && link.mtimeMs > known.confirmedAtMs + 2;
      if (isOurs) await stamp(place, known);
      else note(place, record);
      return isOurs ? known : record;
    },
    async write(place, record) {
      // As distribution does: what the tag was ever, then what it is.
      await writeLink(tagIndexLink(directory(place), place.tag, record.digest), record.digest);
      await writeLink(current(place), record.digest);
      await stamp(place, record);
    },
    confirm: stamp,
    async remove(place) {
      ours.delete(current(place));
      await removeLinks(tagDir(directory(place), place.tag));
    },
  };
}
