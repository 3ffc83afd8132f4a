import { setTimeout as sleep } from 'node:timers/promises';
import type { Descriptor } from '@registry-cache/domain';
import type { ImportTarget } from '@registry-cache/intake';
import { HostedError } from '../http/answer.ts';
import { requireFewParts } from '../routes/manifests.ts';
import { type MissingPart, missingParts } from '../routes/missing-parts.ts';
import type { Mirror, MirroredRepository } from './mirror.ts';
import { type ManifestPartList, readParts } from './read-pushed.ts';

/** An index may list indexes, which list images. More is no image. */
const DEEPEST = 4;
const AT_A_TIME = 3;
const MOST_TRIES = 4;
const SETTLES_MS = 50;

/** Whether the caller may have a blob or a manifest fetched from the registry. */
export type MayFetch = (digest: string) => Promise<boolean>;

/**
 * Makes sure that everything that a pushed manifest names is here, and is this repository's. A client
 * may have been told that the registry has a part, and then it has not sent it; so it is fetched.
 * @throws HostedError 400 that names what is not here, and why; 400 for a part with too many parts.
 */
export async function gatherParts(
  { openTarget, egress }: Pick<Mirror, 'openTarget' | 'egress'>,
  { registry, repository }: MirroredRepository,
  parts: ManifestPartList,
  mayFetch: MayFetch,
): Promise<void> {
  const target = openTarget(registry.id);
  const seen = new Set<string>();
  const lacking: MissingPart[] = [];
  const bring = async (
    digest: string,
    isHere: () => Promise<boolean>,
    fetchIt: () => Promise<string | undefined>,
  ): Promise<boolean> => {
    if (await isHere()) return true;
    if (!(await mayFetch(digest))) {
      lacking.push({ digest, why: 'it was not pushed, and this client may not fetch it' });
      return false;
    }
    let failure = await fetchIt();
    // A blob gets its place a moment after its last byte. Another request waits for that.
    for (let tries = 1; tries < MOST_TRIES && !failure && !(await isHere()); tries += 1) {
      await sleep(SETTLES_MS);
      failure = await fetchIt();
    }
    if (await isHere()) return true;
    const why = failure ?? 'it was fetched, and the store has no room for it';
    lacking.push({ digest, why: `${registry.host} did not give it: ${why}` });
    return false;
  };
  const gather = async (list: ManifestPartList, depth: number): Promise<void> => {
    requireFewParts(list.blobs.length + list.manifests.length);
    const blobs = list.blobs.filter(({ digest }) => isNew(seen, digest));
    await inParallel(blobs, async (blob) => {
      const { digest } = blob;
      if (list.elsewhere.has(digest) && !(await target.hasLayer(repository, digest))) return;
      await bring(
        digest,
        () => hasBlob(target, repository, blob),
        () => egress.bringBlob(registry.id, repository, digest),
      );
    });
    for (const { digest } of list.manifests.filter((one) => isNew(seen, one.digest))) {
      if (depth >= DEEPEST)
        throw new HostedError(400, 'MANIFEST_INVALID', 'its indexes are too deep');
      const isThere = await bring(
        digest,
        () => target.hasManifest(repository, digest),
        () => egress.bringManifest(registry.id, repository, digest),
      );
      const bytes = isThere ? await target.readManifest(digest) : undefined;
      if (bytes !== undefined) await gather(readParts(bytes), depth + 1);
      else if (isThere) lacking.push({ digest, why: 'its bytes are gone from the store' });
    }
  };
  await gather(parts, 0);
  if (lacking.length > 0) throw missingParts(lacking);
}

/** A blob counts with its link alone: the same bytes may be another repository's secret. */
async function hasBlob(
  target: ImportTarget,
  repository: string,
  { digest, sizeBytes }: Descriptor,
): Promise<boolean> {
  if (!(await target.hasLayer(repository, digest))) return false;
  const hereBytes = (await target.blobSize(digest)) ?? (sizeBytes === 0 ? 0 : undefined);
  if (hereBytes === undefined || hereBytes === sizeBytes) return hereBytes !== undefined;
  const message = `${digest} has ${hereBytes} bytes, and the manifest says ${sizeBytes}`;
  throw new HostedError(400, 'MANIFEST_INVALID', message);
}

function isNew(seen: Set<string>, digest: string): boolean {
  if (seen.has(digest)) return false;
  seen.add(digest);
  return true;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const run = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, run));
}
