import { SingleFlight } from '@registry-cache/runtime';
import { RangeCounts } from './cache/blobs/range-counts.ts';
import { BlobFetches } from './cache/fetch/blob-fetches.ts';
import { SubjectMemory } from './cache/here/subjects.ts';
import { ChildChecks } from './cache/manifests/child-checks.ts';
import { EnteredManifests } from './cache/manifests/entered-manifests.ts';
import type { StoredManifest } from './cache/manifests/stored-manifest.ts';
import { Prefetcher } from './cache/prefetch/prefetcher.ts';
import { CheckBackoff } from './cache/tags/check-backoff.ts';
import type { SharedCache } from './cache/upstream-context.ts';
import { openContentStore } from './store/content-store.ts';
import { openRevisionStore } from './store/manifests.ts';
import { openPinStore, type PinStoreOptions } from './store/pins.ts';
import { NO_REFERRER_LISTS } from './store/referrer-lists.ts';
import { openReferrerStore } from './store/referrers.ts';
import { openTagStore } from './store/tags.ts';

/** The store at `storeRoot`, and an empty memory of running work. */
export function openCache(storeRoot: string, { onBrokenPin }: PinStoreOptions): SharedCache {
  return {
    store: openContentStore(storeRoot),
    revisions: openRevisionStore(storeRoot),
    tags: openTagStore(storeRoot),
    pins: openPinStore(storeRoot, { onBrokenPin }),
    referrers: openReferrerStore(storeRoot),
    referrerLists: NO_REFERRER_LISTS,
    childChecks: new ChildChecks(),
    entered: new EnteredManifests(),
    subjects: new SubjectMemory(),
    prefetcher: new Prefetcher(),
    ...noRunningWork(),
    fetches: new BlobFetches(new BlobFetches()),
  };
}

/**
 * The same cache for requests of peers. They join no work of this replica's clients but the fetches
 * of blobs that belong to this replica.
 */
export function cacheForPeers(cache: SharedCache): SharedCache {
  return { ...cache, ...noRunningWork(), fetches: cache.fetches.forPeers };
}

function noRunningWork() {
  return {
    checkBackoff: new CheckBackoff(),
    manifestFetches: new SingleFlight<StoredManifest>(),
    blobConfirmations: new SingleFlight<number | undefined>(),
    rangeCounts: new RangeCounts(),
  };
}
