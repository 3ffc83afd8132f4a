import { listDigestPins, removePin } from '@registry-cache/pins';

/** A repository, as pins name it. */
export interface PinnedRepository {
  readonly upstreamId: string;
  readonly repository: string;
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
