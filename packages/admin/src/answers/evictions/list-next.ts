import { statSync } from 'node:fs';
import { blobFile, type OldestBlob } from '@registry-cache/domain';
import type { EvictionsAnswer } from '../../contract/evictions.ts';
import { readOldestBlobs } from '../../sources/read-oldest-blobs.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

/** The part of a second that a walk over the store may take of an answer. */
const WALK_MS = 300;

/**
 * What the cleaner will evict first: what it has noted, without what was used, evicted or pinned
 * since.
 * @returns undefined before the first look of the cleaner.
 */
export async function listNext(
  limit: number,
  { options, images, held: pins }: Pick<AnswerDeps, 'options' | 'images' | 'held'>,
): Promise<EvictionsAnswer['next']> {
  const noted = readOldestBlobs(options.storeRoot);
  if (noted === undefined) return undefined;
  await images.refresh(WALK_MS);
  const held = await pins.current(false);
  if (held.mayHoldAnything) return { measured: noted.measured, blobs: [] };
  const pinned = new Set(held.digests());
  // A blob that is younger than all noted ones may be younger than one that is not noted.
  const youngestMs = noted.isAll
    ? Number.POSITIVE_INFINITY
    : (noted.blobs.at(-1)?.lastAccessMs ?? 0);
  const blobs = noted.blobs
    .filter(({ digest }) => !pinned.has(digest))
    .flatMap((blob) => lookAgain(options.storeRoot, blob) ?? [])
    .filter(({ lastAccessMs }) => lastAccessMs <= youngestMs)
    .sort((one, other) => one.lastAccessMs - other.lastAccessMs)
    .slice(0, limit);
  return {
    measured: noted.measured,
    blobs: blobs.map(({ digest, sizeBytes, lastAccessMs }) => {
      const lastAccess = formatTime(lastAccessMs);
      return { digest, bytes: sizeBytes, lastAccess, images: [...images.imagesWith(digest)] };
    }),
  };
}

/** Undefined for a blob that has gone. */
function lookAgain(storeRoot: string, { digest }: OldestBlob): OldestBlob | undefined {
  const stats = statSync(blobFile(storeRoot, digest), { throwIfNoEntry: false });
  return stats && { digest, sizeBytes: stats.size, lastAccessMs: stats.atimeMs };
}
