import { isDigest, OCI_INDEX } from '@registry-cache/domain';
import type { SignatureSource, SignatureVerdict } from '@registry-cache/trust';
import { type BroughtReferrersDeps, readBroughtReferrers } from '../lists/brought-referrers.ts';
import { readLinked } from '../manifests/manifest-cache.ts';

/** Reads signatures that were pushed or imported. The registry need not have them. */
export function createBroughtSignatures(
  deps: BroughtReferrersDeps,
  repository: string,
): SignatureSource {
  const { upstreamId, pins, store } = deps;
  const digestOf = async (tag: string): Promise<string | undefined> => {
    const pin = await pins.find({ upstreamId, repository, tag });
    return pin?.kind === 'frozen' ? pin.digest : undefined;
  };
  return {
    async manifest(reference) {
      const digest = isDigest(reference) ? reference : await digestOf(reference);
      if (digest === undefined) return undefined;
      return (await readLinked(deps, repository, digest))?.bytes;
    },
    async blob(digest, maxBytes) {
      const bytes = await store.readBlob(digest);
      return bytes && bytes.length <= maxBytes ? bytes : undefined;
    },
    async referrers(digest) {
      const manifests = await readBroughtReferrers(deps, repository, digest);
      if (manifests.length === 0) return undefined;
      return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
    },
  };
}

/**
 * The verdicts of all rules. A signature proves itself, wherever it comes from, so the registry is
 * asked only where what was brought is not enough.
 */
export async function checkBroughtFirst(
  check: (source: SignatureSource) => Promise<readonly SignatureVerdict[]>,
  brought: SignatureSource,
  registry: SignatureSource,
): Promise<readonly SignatureVerdict[]> {
  const here = await check(brought);
  if (here.every(({ kind }) => kind === 'verified')) return here;
  const there = await check(registry);
  return there.map((verdict, index) => {
    const own = here[index];
    return own?.kind === 'verified' ? own : verdict;
  });
}
