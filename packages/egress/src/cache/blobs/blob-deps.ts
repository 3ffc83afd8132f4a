import type { BlobOptions } from '@registry-cache/domain';
import type { SingleFlight } from '@registry-cache/runtime';
import type { ContentStore } from '../../store/content-store.ts';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { Health } from '../../upstream/health/health.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import type { BlobFetches } from '../fetch/blob-fetches.ts';
import type { FetchDeps } from '../fetch/fetch-deps.ts';
import type { RepositoryScope } from '../fetch/repository-scope.ts';
import type { RangeCounts } from './range-counts.ts';

/** The upstream that a request about a blob goes to. */
export interface AskDeps {
  /** The upstream's name, for messages. */
  readonly key: string;
  readonly client: Pick<UpstreamClient, 'fetch'>;
}

/** Asks whether a repository may have a blob, once for all callers at the same time. */
export interface ConfirmDeps extends AskDeps {
  readonly blobConfirmations: SingleFlight<number | undefined>;
}

/** Passes bytes on that are not stored. */
export interface PassOnDeps extends AskDeps {
  readonly timeouts: PhaseTimeouts;
  readonly blobs: BlobOptions;
  readonly onResume: () => void;
  /** Told of bytes of a blob that were passed on without being stored. */
  readonly onUncached: (bytes: number) => void;
}

/** A place from which clients can get blobs by themselves. */
export interface BlobsElsewhere {
  /**
   * A URL of the blob for this caller, which is a secret. Undefined where the caller gets it here.
   * @throws the signal's reason.
   */
  find(scope: RepositoryScope, digest: string, signal: AbortSignal): Promise<string | undefined>;
  /** Whether a blob of this size is there for callers, and need not be fetched ahead of them. */
  has(scope: RepositoryScope, digest: string, sizeBytes: number): Promise<boolean>;
}

/** The collaborators of responses with blobs. */
export interface BlobDeps extends FetchDeps, ConfirmDeps, PassOnDeps {
  readonly upstreamId: string;
  readonly client: UpstreamClient;
  readonly store: ContentStore;
  readonly fetches: BlobFetches;
  readonly rangeCounts: RangeCounts;
  readonly health: Health;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where the caller may be sent for large blobs; left out for one who gets all bytes here. */
  readonly elsewhere?: BlobsElsewhere | undefined;
  /** A damaged blob was removed from the store. */
  readonly onDamaged: (digest: string) => void;
}
