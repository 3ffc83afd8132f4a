import { createBoundedMap } from '@registry-cache/runtime';
import type { CacheStatus } from './stored-manifest.ts';

/** Of more manifests that nobody was given yet, the oldest are forgotten. */
const CAPACITY = 1000;

/** A manifest in a repository of an upstream. */
export interface ManifestPlace {
  readonly upstreamId: string;
  readonly repository: string;
  readonly digest: string;
}

/**
 * Manifests that have entered a repository here, and that no client was given yet. The audit log
 * tells who was the first.
 */
export class EnteredManifests {
  readonly #places = createBoundedMap<string, true>(CAPACITY);

  add(place: ManifestPlace): void {
    this.#places.set(keyOf(place), true);
  }

  /**
   * Whether the response of that status is the first with the manifest: `entered` if its request
   * waited for it, `late` if an earlier request had it fetched and did not wait.
   */
  take(place: ManifestPlace, { cache }: CacheStatus): 'entered' | 'late' | undefined {
    const key = keyOf(place);
    if (!this.#places.has(key)) return undefined;
    this.#places.delete(key);
    return cache === 'MISS' ? 'entered' : 'late';
  }
}

function keyOf({ upstreamId, repository, digest }: ManifestPlace): string {
  return `${upstreamId} ${repository} ${digest}`;
}
