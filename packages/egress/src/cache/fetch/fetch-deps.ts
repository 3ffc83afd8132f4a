import type { BlobOptions } from '@registry-cache/domain';
import type { ContentStore } from '../../store/content-store.ts';
import type { Reservations } from '../../store/reservations/reservations.ts';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import type { KeepClientOpen } from '../contract/keep-client-open.ts';

/** The result of a fetch: stored, passed on but not stored, or nothing. */
export interface FetchEnd {
  readonly digest: string;
  readonly outcome: 'stored' | 'not-stored' | 'failed';
  /** Why the blob was not stored. */
  readonly cause: unknown;
}

/** The collaborators of one shared fetch. */
export interface FetchDeps {
  /** The upstream's name, for messages. */
  readonly key: string;
  readonly client: Pick<UpstreamClient, 'fetch' | 'follow' | 'distrust'>;
  readonly store: Pick<ContentStore, 'temporaryFile' | 'storeFile' | 'linkLayer' | 'begun'>;
  readonly reservations: Reservations;
  readonly timeouts: PhaseTimeouts;
  readonly blobs: BlobOptions;
  /** The most connections that one blob may use. It gets more than one only where they help. */
  readonly connectionsPerBlob: number;
  /** A fetch outlives the request that started it. */
  readonly keepClientOpen: KeepClientOpen;
  readonly onResume: () => void;
  /** Told of each piece of a shared fetch that arrives. */
  readonly onReceived: (bytes: number) => void;
  readonly onFetchEnd: (end: FetchEnd) => void;
}
