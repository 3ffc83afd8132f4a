import type { BlobOptions, RegistryPath, TagRules } from '@registry-cache/domain';
import type { ContentStore } from '../../store/content-store.ts';
import type { RevisionStore } from '../../store/manifests.ts';
import type { Room } from '../../store/reservations/reservations.ts';
import type { TagStore } from '../../store/tags.ts';
import type { UpstreamClient } from '../../upstream/client/client.ts';
import type { Health } from '../../upstream/health/health.ts';
import type { AnswerHeaders } from '../../wire/http/response-headers.ts';
import type { PhaseTimeouts } from '../../wire/transport/failure.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { FetchEnd } from '../fetch/blob-fetch.ts';
import type { BlobFetches } from '../fetch/blob-fetches.ts';
import type { ChildChecks } from '../manifests/child-checks.ts';
import type { FailedChecks } from '../memory/check-backoff.ts';
import type { ListingMemory } from '../memory/listing-memory.ts';
import type { RangeCounts } from '../memory/range-counts.ts';
import type { Flights } from '../memory/single-flight.ts';
import type { Prefetches } from '../prefetch/prefetch.ts';

/** What an engine or the hot lane wants to know, already checked against the grammar. */
export interface Question {
  readonly method: 'GET' | 'HEAD';
  readonly path: RegistryPath;
  /** The path as it came, with those parts of the query that the upstream may see. */
  readonly target: string;
  readonly accept: string | undefined;
  readonly range: string | undefined;
  readonly ifNoneMatch: string | undefined;
  /** Whether the caller can send a file of the store by itself, as the hot lane can. */
  readonly takesFiles: boolean;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: AsyncIterable<Uint8Array> | undefined;
}

/** The upstream that is asked, and what happens on the way that someone may want to count. */
export interface Source {
  readonly upstreamId: string;
  readonly key: string;
  readonly client: UpstreamClient;
  readonly room: Room;
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
  readonly prefetches: Prefetches;
  /** An image that is larger is not fetched ahead; 0 turns that off. */
  readonly prefetchMaxBytes: number;
  readonly onResume: () => void;
  readonly revisions: RevisionStore;
  readonly tags: TagStore;
  readonly tagRules: TagRules;
  readonly failedChecks: FailedChecks;
  readonly childChecks: ChildChecks;
  /** What several callers wait for together. */
  readonly flights: Flights;
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
  /** Keeps the client open for work that outlives its question, until what is returned is called. */
  readonly hold: () => () => void;
}

/** Asks the upstream what was asked here; `headers` are added. Bodies are never compressed. */
export function askUpstream(
  source: Source,
  question: Question,
  method: 'GET' | 'HEAD',
  headers: Readonly<Record<string, string | undefined>>,
): Promise<Reply> {
  const given = Object.entries({ accept: question.accept, ...headers }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return source.client.fetch({
    method,
    path: question.target,
    repository: question.path.repository,
    headers: { 'accept-encoding': 'identity', ...Object.fromEntries(given) },
    weight: question.path.kind === 'blob' && method === 'GET' ? 'large' : 'small',
    signal: question.signal,
  });
}

/** Keeps the client open for work that may outlive the question. */
export async function whileHeld<T>({ hold }: Source, work: () => Promise<T>): Promise<T> {
  const release = hold();
  try {
    return await work();
  } finally {
    release();
  }
}
