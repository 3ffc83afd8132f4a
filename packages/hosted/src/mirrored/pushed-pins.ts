import { isDeepStrictEqual } from 'node:util';
import { addPin, findDigestPin, listDigestPins, type Pin, removePin } from '@registry-cache/pins';

/** A repository, as pins name it. */
export interface PinnedRepository {
  readonly upstreamId: string;
  readonly repository: string;
}

/** The pin of an image that somebody pushes now. */
export function pushedPin(pin: Omit<Pin, 'why' | 'since'>): Pin {
  return { ...pin, why: 'mirrored', since: new Date().toISOString() };
}

/** Keeps the cleaner away from an image until it is disposed of. */
export interface Hold extends AsyncDisposable {
  /** Lets the pin stay. */
  keep(): void;
}

/**
 * Pins a digest for a while. It is no pin of a tag, so clients do not see the image by it. A pin that
 * the digest has already holds it as well, and stays.
 */
export async function holdDigest(
  storeRoot: string,
  pin: Omit<Pin, 'tag' | 'why' | 'since'>,
): Promise<Hold> {
  const { upstreamId, repository, digest } = pin;
  const find = () => findDigestPin(storeRoot, upstreamId, repository, digest);
  const mine = pushedPin(pin);
  let isKept = (await find()) !== undefined;
  if (!isKept) await addPin(storeRoot, mine);
  return {
    keep() {
      isKept = true;
    },
    async [Symbol.asyncDispose]() {
      if (isKept || !isDeepStrictEqual(await find(), mine)) return;
      await removePin(storeRoot, { upstreamId, repository, digest });
    },
  };
}

/**
 * Removes the pins of images whose index was pushed after them: the pin of the index holds them from
 * now on. A pin that an operator made stays.
 */
export async function dropChildPins(
  storeRoot: string,
  at: PinnedRepository,
  children: readonly string[],
): Promise<void> {
  if (children.length === 0) return;
  const pushed = await listPushed(storeRoot, at);
  for (const digest of children) {
    if (pushed.includes(digest)) await removePin(storeRoot, { ...at, digest });
  }
}

/** The digests of a repository that are pinned because somebody pushed them. */
export async function listPushed(
  storeRoot: string,
  { upstreamId, repository }: PinnedRepository,
): Promise<string[]> {
  const pins = await listDigestPins(storeRoot, upstreamId, repository);
  return pins.filter(({ why }) => why === 'mirrored').map(({ digest }) => digest);
}
