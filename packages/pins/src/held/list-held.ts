import type { BrokenPin, Pin } from '../record/pin.ts';
import { isBrokenPin, isFrozen } from '../record/pin.ts';
import type { Rests } from '../record/slices.ts';
import type { RepositoryContent } from './repository-content.ts';

/**
 * Lists the digests that pins of one repository hold: manifests, the manifests of an index, blobs
 * and referrers. Digests of content that is not here are among them: as soon as it comes, it is held.
 *
 * @param withReferrers whether referrers are looked for, which reads all manifests of the repository.
 * @throws Error with the system's code if something cannot be read.
 */
export async function listHeld(
  content: RepositoryContent,
  pins: readonly (Pin | BrokenPin)[],
  rests: Rests,
  withReferrers = true,
): Promise<Set<string>> {
  const manifests = new Set(pins.flatMap((pin) => findRoots(content, pin)));
  const blobs = new Set<string>();
  const referrers = withReferrers ? await content.referrers() : new Map<string, Set<string>>();
  // A Set gives also the entries that are added during the walk.
  for (const digest of manifests) {
    if (rests.due()) await rests.rest();
    const links = content.manifest(digest);
    for (const blob of links?.blobs ?? []) blobs.add(blob);
    for (const child of links?.manifests ?? []) manifests.add(child);
    for (const referrer of referrers.get(digest) ?? []) manifests.add(referrer);
  }
  return manifests.union(blobs);
}

/**
 * The digests that a pin begins with. A tag that follows its registry leads to its current digest,
 * as soon as that manifest is here. A broken pin may be frozen at any digest that the tag ever had.
 */
export function findRoots(content: RepositoryContent, pin: Pin | BrokenPin): string[] {
  if (isBrokenPin(pin)) {
    return pin.tag === undefined ? [pin.digest ?? ''] : content.digestsOfTag(pin.tag);
  }
  if (pin.tag === undefined || isFrozen(pin)) return [pin.digest];
  const current = content.currentDigest(pin.tag);
  const isHere = current !== undefined && content.manifest(current) !== undefined;
  return [isHere ? current : pin.digest];
}
