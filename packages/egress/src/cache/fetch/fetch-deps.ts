import type { BlobOptions, FetchSource } from '@registry-cache/domain';
import type { ContentStore } from '../../store/content-store.ts';
import type { Reservations } from '../../store/reservations/reservations.ts';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { Spans } from '../../wire/spans.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import type { KeepClientOpen } from '../contract/keep-client-open.ts';

/** What is known of a fetch, while it runs and after its end. */
export interface FetchFacts {
  /** The repository that it was started for. */
  readonly repository: string;
  readonly digest: string;
  /** In epoch milliseconds. */
  readonly sinceMs: number;
  /** From the start to the first good reply; undefined before that. */
  readonly firstByteMs: number | undefined;
  /** Bytes that have arrived. */
  readonly bytes: number;
  /** The size of the whole; undefined until it is known. */
  readonly sizeBytes: number | undefined;
  /** The host that answered; empty before that. */
  readonly from: string;
  /** What that host is; undefined before that. */
  readonly source: FetchSource | undefined;
  /** How many readers it has, and how many it had at once at most. */
  readonly readers: number;
  readonly mostReaders: number;
}

/** The result of a fetch: stored, passed on but not stored, or nothing. */
export interface FetchEnd {
  readonly digest: string;
  readonly outcome: 'stored' | 'not-stored' | 'failed';
  readonly facts: FetchFacts;
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
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A fetch outlives the request that started it. */
  readonly keepClientOpen: KeepClientOpen;
  readonly onResume: () => void;
  /** Told of each piece of a shared fetch that arrives. */
  readonly onReceived: (bytes: number) => void;
  readonly onFetchEnd: (end: FetchEnd) => void;
  /** Undefined without tracing. */
  readonly spans?: Spans | undefined;
}
