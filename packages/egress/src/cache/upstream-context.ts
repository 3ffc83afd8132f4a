import type { BlobOptions, TagRules } from '@registry-cache/domain';
import type { SingleFlight } from '@registry-cache/runtime';
import type { ContentStore } from '../store/content-store.ts';
import type { RevisionStore } from '../store/manifests.ts';
import type { Reservations } from '../store/reservations/reservations.ts';
import type { TagStore } from '../store/tags.ts';
import type { UpstreamClient } from '../upstream/client/upstream-client.ts';
import type { Health } from '../upstream/health/health.ts';
import type { PhaseTimeouts } from '../wire/transport/failure.ts';
import type { KeepClientOpen } from './contract/keep-client-open.ts';
import type { FetchEnd } from './fetch/blob-fetch.ts';
import type { BlobFetches } from './fetch/blob-fetches.ts';
import type { ChildChecks } from './manifests/child-checks.ts';
import type { StoredManifest } from './manifests/stored-manifest.ts';
import type { CheckBackoff } from './memory/check-backoff.ts';
import type { ListingMemory } from './memory/listing-memory.ts';
import type { RangeCounts } from './memory/range-counts.ts';
import type { Prefetcher } from './prefetch/prefetcher.ts';

/** The upstream that is asked, and what happens on the way that someone may want to count. */
export interface UpstreamContext {
  readonly upstreamId: string;
  readonly key: string;
  readonly client: UpstreamClient;
  readonly reservations: Reservations;
  readonly lists: ListingMemory;
  /** Tags of a repository that are in the store. */
  readonly listTags: (repository: string) => Promise<readonly string[]>;
  readonly timeouts: PhaseTimeouts;
  readonly blobs: BlobOptions;
  readonly store: ContentStore;
  readonly fetches: BlobFetches;
  readonly rangeCounts: RangeCounts;
  /** How many connections one blob may use where more of them help. */
  readonly connectionsPerBlob: number;
  readonly prefetcher: Prefetcher;
  /** An image that is larger is not fetched ahead; 0 turns that off. */
  readonly prefetchMaxBytes: number;
  readonly onResume: () => void;
  readonly revisions: RevisionStore;
  readonly tags: TagStore;
  readonly tagRules: TagRules;
  readonly checkBackoff: CheckBackoff;
  readonly childChecks: ChildChecks;
  /** What several callers wait for together. */
  readonly singleFlight: SingleFlight<StoredManifest>;
  readonly health: Health;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** An expired answer was given because the upstream could not be asked. */
  readonly onStale: () => void;
  /** Bytes of a blob were passed on past the store. */
  readonly onUncached: (bytes: number) => void;
  /** What was fetched could not be kept: the disk is full, read-only or broken. */
  readonly onUnkept: (digest: string, error: unknown) => void;
  /** A blob of the store was damaged and has been taken out. */
  readonly onDamaged: (digest: string) => void;
  /** Bytes of a shared fetch have come. */
  readonly onReceived: (bytes: number) => void;
  readonly onFetchEnd: (end: FetchEnd) => void;
  /** For work that outlives its request. */
  readonly keepClientOpen: KeepClientOpen;
}
