import type { TargetTag } from '@registry-cache/intake';

/** The part of an import that comes together: one image or index of a repository. */
export interface ImportUnit {
  readonly repository: string;
  /** Layers and configs, which come first. */
  readonly blobs: readonly string[];
  /** Manifests, each behind those that it names. */
  readonly manifests: readonly string[];
  /** Tags of these manifests, which come last. */
  readonly tags: readonly TargetTag[];
}

/** A manifest of a repository, and the digests that it names. */
export interface ReadManifest {
  readonly digest: string;
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

/**
 * Divides a repository into units: one for each manifest that no other one names, and one for each
 * blob that no manifest names. A blob counts only if the repository may serve it.
 */
export function buildUnits(
  repository: string,
  manifests: readonly ReadManifest[],
  layers: readonly string[],
  tags: readonly TargetTag[],
): ImportUnit[] {
  const byDigest = new Map(manifests.map((one) => [one.digest, one]));
  const tagsOf = Map.groupBy(tags, (tag) => tag.digest);
  const mayServe = new Set(layers);
  const named = new Set(manifests.flatMap((one) => one.manifests));
  const taken = new Set<string>();
  const units = manifests
    .filter(({ digest }) => !named.has(digest))
    .map(({ digest }) => {
      const ordered = orderBelow(digest, byDigest);
      const blobs = [...new Set(ordered.flatMap((one) => one.blobs))].filter((blob) =>
        mayServe.has(blob),
      );
      for (const blob of blobs) taken.add(blob);
      const own = ordered.map((one) => one.digest);
      return {
        repository,
        blobs,
        manifests: own,
        tags: own.flatMap((one) => tagsOf.get(one) ?? []),
      };
    });
  const rest = layers.filter((layer) => !taken.has(layer));
  return [
    ...units,
    ...rest.map((blob) => ({ repository, blobs: [blob], manifests: [], tags: [] })),
  ];
}

/** A manifest and all those below it, innermost first. */
function orderBelow(
  digest: string,
  byDigest: ReadonlyMap<string, ReadManifest>,
  found = new Map<string, ReadManifest>(),
): ReadManifest[] {
  const one = byDigest.get(digest);
  if (one === undefined || found.has(digest)) return [...found.values()];
  for (const inner of one.manifests) orderBelow(inner, byDigest, found);
  found.set(digest, one);
  return [...found.values()];
}
