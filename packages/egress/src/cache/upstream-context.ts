import { servedType } from '@registry-cache/domain';
import type { ContentStore } from '../store/content-store.ts';
import type { UpstreamClient } from '../upstream/client/upstream-client.ts';
import type { BlobDeps } from './blobs/blob-deps.ts';
import type { HereDeps } from './here/here-deps.ts';
import type { ListDeps } from './lists/list-deps.ts';
import type { ChildCheckDeps, ChildChecks } from './manifests/child-checks.ts';
import type { PrefetchDeps } from './prefetch/prefetch-deps.ts';
import type { Prefetcher } from './prefetch/prefetcher.ts';

/**
 * One upstream and all that a response may need: its client, the store, the running fetches, and
 * callbacks for events. Each part of the cache declares the few members that it uses. Only
 * `respond` and the doors see the whole.
 */
export interface UpstreamContext
  extends BlobDeps,
    ListDeps,
    PrefetchDeps,
    ChildCheckDeps,
    HereDeps {
  readonly client: UpstreamClient;
  readonly store: ContentStore;
  /** Whether the rules let anybody push into this repository. */
  readonly mayBePushed: (repository: string) => boolean;
  /** Keeps an image that may not be served yet: without links, which are permissions. */
  readonly keepWaiting: (repository: string, digest: string, bytes: Uint8Array) => void;
}

/** What all upstreams share: the store, the memories and the running fetches. */
export interface SharedCache
  extends Pick<
    UpstreamContext,
    | 'store'
    | 'revisions'
    | 'tags'
    | 'pins'
    | 'referrers'
    | 'referrerLists'
    | 'checkBackoff'
    | 'entered'
    | 'manifestFetches'
    | 'blobConfirmations'
    | 'fetches'
    | 'rangeCounts'
    | 'subjects'
  > {
  readonly childChecks: ChildChecks;
  readonly prefetcher: Prefetcher;
}

/** The members of a context that belong to one upstream and one request. */
export type OwnContext = Omit<
  UpstreamContext,
  keyof SharedCache | 'checkChildren' | 'prefetch' | 'untilStored' | 'keepWaiting'
>;

/** Makes the context of one request from its shared and its own members. */
export function upstreamContext(shared: SharedCache, own: OwnContext): UpstreamContext {
  const { childChecks, prefetcher, ...rest } = shared;
  const context: UpstreamContext = {
    ...rest,
    ...own,
    checkChildren: (digest, bytes) => childChecks.check(context, digest, bytes),
    untilStored: async (digest) => {
      const running = shared.fetches.running(own.upstreamId, digest);
      if (running?.body.isVerified === true) await running.settled;
    },
    prefetch: (repository, manifest) => prefetcher.start(context, repository, manifest),
    keepWaiting(repository, digest, bytes) {
      if (servedType(bytes) === undefined) return;
      shared.store.storeBytes(digest, bytes).catch((error: unknown) => {
        own.onNotStored(digest, error);
      });
      prefetcher.start(context, repository, { digest, bytes, isWaiting: true });
    },
  };
  return context;
}
