import { digestPinsDir, tagPinsDir } from '@registry-cache/domain';
import { isUnchanged, readStamp, type Stamp } from '@registry-cache/runtime';
import type { BrokenPin, Pin, PinReason } from '../record/pin.ts';
import {
  listPinnedRepositories,
  type PinnedRepository,
  readRepositoryPins,
  type UnreadableFolder,
} from '../record/read-pins.ts';
import { createSlices, type Rests } from '../record/slices.ts';
import { DigestList } from './digest-list.ts';
import { listHeld } from './list-held.ts';
import { RepositoryContent } from './repository-content.ts';

/** What the pins of a store hold. */
export interface Held {
  /** The number of pins for each reason. Broken ones are not among them. */
  readonly pins: ReadonlyMap<PinReason, number>;
  readonly broken: readonly BrokenPin[];
  /**
   * Folders and content that cannot be read. Of an unreadable repository all content is held. If a
   * folder of pins is among them, anything may be pinned.
   */
  readonly unreadable: readonly UnreadableFolder[];
  readonly mayHoldAnything: boolean;
  /** Some come several times, and some are not here. */
  digests(): Generator<string>;
}

interface HeldByRepository {
  readonly pins: readonly PinReason[];
  readonly broken: readonly BrokenPin[];
  readonly digests: DigestList;
  /** The pinned tags. */
  readonly tags: readonly string[];
  /** Undefined if something cannot be read, so that it is read again. */
  readonly stamps: { readonly pins: Stamp; readonly content: Stamp } | undefined;
}

interface Unreadable {
  readonly folders: UnreadableFolder[];
  readonly content: UnreadableFolder[];
}

/**
 * Reads what the pins of a store hold. What it has read it remembers: a repository without a change
 * costs a look at the change times of its directories and pinned tags.
 */
export class HeldReader {
  readonly #store: string;
  #known = new Map<string, HeldByRepository>();

  constructor(store: string) {
    this.#store = store;
  }

  /**
   * @param isThorough whether to read everything anew. This finds also a pin that was edited in its
   * place, and an entry of a directory whose change nobody has marked.
   * @throws the reason of `rests`, and nothing else.
   */
  async current(isThorough: boolean, rests: Rests = createSlices()): Promise<Held> {
    const known = new Map<string, HeldByRepository>();
    const unreadable: Unreadable = { folders: [], content: [] };
    for (const place of listPinnedRepositories(this.#store, unreadable.folders)) {
      if (rests.due()) await rests.rest();
      const key = `${place.upstreamId} ${place.repository}`;
      const before = isThorough ? undefined : this.#known.get(key);
      known.set(key, await this.#read(place, before, rests, unreadable));
    }
    this.#known = known;
    const all = [...known.values()];
    return {
      pins: count(all.flatMap(({ pins }) => pins)),
      broken: all.flatMap(({ broken }) => broken),
      unreadable: [...unreadable.folders, ...unreadable.content],
      mayHoldAnything: unreadable.folders.length > 0,
      *digests() {
        for (const { digests } of all) yield* digests;
      },
    };
  }

  async #read(
    place: PinnedRepository,
    before: HeldByRepository | undefined,
    rests: Rests,
    unreadable: Unreadable,
  ): Promise<HeldByRepository> {
    const content = new RepositoryContent(this.#store, place, rests);
    if (before !== undefined && this.#isUnchanged(place, content, before)) return before;
    const pinStamp = stampOf(this.#pinFolders(place));
    const { pins, broken } = await readRepositoryPins(
      this.#store,
      place,
      unreadable.folders,
      rests,
    );
    const tags = [...pins, ...broken].flatMap(({ tag }) => tag ?? []);
    const contentStamp = stampOf(content.watched(tags));
    const { held, isWhole } = await listOrAll(content, [...pins, ...broken], rests, unreadable);
    const hasStamps = isWhole && pinStamp !== undefined && contentStamp !== undefined;
    return {
      pins: pins.map(({ why }) => why),
      broken,
      digests: new DigestList(held),
      tags,
      stamps: hasStamps ? { pins: pinStamp, content: contentStamp } : undefined,
    };
  }

  #isUnchanged(
    place: PinnedRepository,
    content: RepositoryContent,
    { stamps, tags }: HeldByRepository,
  ): boolean {
    if (stamps === undefined) return false;
    const pins = stampOf(this.#pinFolders(place));
    const now = stampOf(content.watched(tags));
    if (pins === undefined || now === undefined) return false;
    return isUnchanged(stamps.pins, pins) && isUnchanged(stamps.content, now);
  }

  #pinFolders({ upstreamId, repository }: PinnedRepository): string[] {
    return [
      digestPinsDir(this.#store, upstreamId, repository),
      tagPinsDir(this.#store, upstreamId, repository),
    ];
  }
}

/** What the pins hold. If something cannot be read, everything that the repository may serve. */
async function listOrAll(
  content: RepositoryContent,
  pins: readonly (Pin | BrokenPin)[],
  rests: Rests,
  unreadable: Unreadable,
): Promise<{ held: Set<string>; isWhole: boolean }> {
  try {
    return { held: await listHeld(content, pins, rests), isWhole: true };
  } catch (error) {
    unreadable.content.push(toUnreadable(error, content.directory));
  }
  try {
    return { held: new Set(content.linked()), isWhole: false };
  } catch (error) {
    // Which content the repository may serve is unknown too.
    unreadable.folders.push(toUnreadable(error, content.directory));
    return { held: new Set(), isWhole: false };
  }
}

/** @throws the error itself if it is none of the system's, such as the reason of a stop. */
function toUnreadable(error: unknown, directory: string): UnreadableFolder {
  const { code, path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  return { directory: path ?? directory, problem: code ?? syscall };
}

function stampOf(paths: readonly string[]): Stamp | undefined {
  try {
    return readStamp(paths);
  } catch {
    return undefined;
  }
}

function count(all: Iterable<PinReason>): ReadonlyMap<PinReason, number> {
  const counts = new Map<PinReason, number>();
  for (const why of all) counts.set(why, (counts.get(why) ?? 0) + 1);
  return counts;
}
