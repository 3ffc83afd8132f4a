import type { ManifestParts } from './manifest-parts.ts';

/** One repository, after deletions of manifests. */
export interface RepositoryState {
  /** The manifests that were deleted, with their parts. */
  readonly deleted: ReadonlyMap<string, ManifestParts>;
  /** The manifests that are there. */
  readonly revisions: ReadonlyMap<string, ManifestParts>;
  /** The digests that tags name. */
  readonly tagged: ReadonlySet<string>;
}

/** What goes with the deleted manifests. */
export interface Removal {
  /** Manifests that only deleted indexes had. */
  readonly manifests: readonly string[];
  /** Blobs that no manifest of the repository names any longer. */
  readonly blobs: readonly string[];
}

/**
 * Plans what a deletion leaves without use in its repository. The manifests of a deleted index go
 * with it, unless a tag or another index has them. Pure.
 */
export function planRemoval({ deleted, revisions, tagged }: RepositoryState): Removal {
  const left = new Map(revisions);
  const dropped = new Map<string, ManifestParts>();
  const open = [...deleted.values()].flatMap(({ manifests }) => manifests);
  for (let child = open.pop(); child !== undefined; child = open.pop()) {
    const parts = left.get(child);
    if (parts === undefined || tagged.has(child) || isListed(child, left)) continue;
    left.delete(child);
    dropped.set(child, parts);
    open.push(...parts.manifests);
  }
  const named = new Set([...left.values()].flatMap(({ blobs }) => blobs));
  const candidates = [...deleted.values(), ...dropped.values()].flatMap(({ blobs }) => blobs);
  return {
    manifests: [...dropped.keys()],
    blobs: [...new Set(candidates)].filter((digest) => !named.has(digest)),
  };
}

function isListed(digest: string, revisions: ReadonlyMap<string, ManifestParts>): boolean {
  return [...revisions.values()].some(({ manifests }) => manifests.includes(digest));
}
