import { isDigest, servedType } from '@registry-cache/domain';
import { findDigestPin, findPin, isBrokenPin, isFrozen } from '@registry-cache/pins';
import { readPlatforms, type StoredPlatform } from './read-platforms.ts';
import { readReferrers, type StoredReferrer } from './read-referrers.ts';
import { openStoredFiles, type StoredFiles } from './stored-files.ts';

/** An image by its place in the store. */
export interface ImagePlace {
  readonly storeRoot: string;
  readonly upstreamId: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

/** The parts of an image in the store. */
export interface StoredImage {
  /** Undefined for a tag that is not here. */
  readonly manifest?: StoredManifest | undefined;
  readonly referrers: StoredReferrer[];
  /** Whether a pin of the tag or its digest keeps it. */
  readonly pinned: boolean;
  /** Parts that the answer leaves out. */
  readonly notes: string[];
}

export interface StoredManifest {
  readonly digest: string;
  /** Empty where it is not here. */
  readonly mediaType: string;
  /** Whether its bytes are here and its repository may serve it. */
  readonly here: boolean;
  readonly bytes?: number;
  /** ISO 8601. */
  readonly lastAccess?: string;
  readonly platforms: StoredPlatform[];
}

/** Reads an image. It looks at the files of this one repository alone, and changes nothing. */
export async function readImage(place: ImagePlace): Promise<StoredImage> {
  const { reference } = place;
  const files = openStoredFiles(place.storeRoot, place);
  const frozen = await findFrozen(place);
  const digest = isDigest(reference) ? reference : (frozen ?? files.tag(reference));
  const pinned = await isPinned(place, digest);
  if (digest === undefined) return { referrers: [], pinned, notes: [] };
  const { platforms, isWhole } = await readPlatforms(files, digest);
  const { referrers, isWhole: hasAll } = await readReferrers(files, digest);
  return {
    manifest: { ...(await describeManifest(files, digest)), platforms },
    ...{ referrers, pinned },
    notes: [
      ...(isWhole ? [] : ['it has more platforms and layers than are shown']),
      ...(hasAll ? [] : ['it may have more referrers here than are shown']),
    ],
  };
}

async function describeManifest(
  files: StoredFiles,
  digest: string,
): Promise<Omit<StoredManifest, 'platforms'>> {
  const [stored, linked] = [await files.blob(digest), await files.mayServeManifest(digest)];
  const bytes = stored === undefined ? undefined : files.manifest(digest);
  return {
    ...{ digest, mediaType: (bytes && servedType(bytes)) ?? '' },
    here: linked && bytes !== undefined,
    ...(stored && {
      bytes: stored.sizeBytes,
      lastAccess: new Date(stored.lastAccessMs).toISOString(),
    }),
  };
}

async function findFrozen(place: ImagePlace): Promise<string | undefined> {
  const { storeRoot, upstreamId, repository, reference } = place;
  if (isDigest(reference)) return undefined;
  const pin = await findPin(storeRoot, upstreamId, repository, reference);
  return pin !== undefined && !isBrokenPin(pin) && isFrozen(pin) ? pin.digest : undefined;
}

async function isPinned(
  { storeRoot, upstreamId, repository, reference }: ImagePlace,
  digest: string | undefined,
): Promise<boolean> {
  const isTag = !isDigest(reference);
  if (isTag && (await findPin(storeRoot, upstreamId, repository, reference)) !== undefined) {
    return true;
  }
  if (digest === undefined) return false;
  return (await findDigestPin(storeRoot, upstreamId, repository, digest)) !== undefined;
}
