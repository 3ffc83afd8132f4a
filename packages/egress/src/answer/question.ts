import type { RegistryPath, TagRules } from '@registry-cache/domain';
import type { Health } from '../health/health.ts';
import type { ListingMemory } from '../listing/listing-memory.ts';
import type { Flights } from '../manifests/flights.ts';
import type { Held } from '../manifests/held.ts';
import type { Room } from '../room/room.ts';
import type { ContentStore } from '../store/content-store.ts';
import type { RevisionStore } from '../store/manifests.ts';
import type { TagStore } from '../store/tags.ts';
import type { PhaseTimeouts } from '../transport/failure.ts';
import type { Reply } from '../transport/transport.ts';
import type { UpstreamClient } from '../upstream/client.ts';
import type { AnswerHeaders } from './headers.ts';

/** What an engine or the hot lane wants to know, already checked against the grammar. */
export interface Question {
  readonly method: 'GET' | 'HEAD';
  readonly path: RegistryPath;
  /** The path as it came, with those parts of the query that the upstream may see. */
  readonly target: string;
  readonly accept: string | undefined;
  readonly range: string | undefined;
  readonly ifNoneMatch: string | undefined;
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
  readonly onResume: () => void;
  readonly store: ContentStore;
  readonly revisions: RevisionStore;
  readonly tags: TagStore;
  readonly tagRules: TagRules;
  /** What several callers wait for together. */
  readonly flights: Flights;
  readonly health: Health;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Keeps the client open for work that may outlive the question. */
  whileHeld<T>(work: () => Promise<T>): Promise<T>;
  /** A manifest has just come from the upstream, and the caller is about to get it. */
  readonly onManifest: (repository: string, manifest: Held) => void;
  /** An expired answer was given because the upstream could not be asked. */
  readonly onStale: () => void;
  /** What was fetched could not be put into the store. */
  readonly onKeepFailed: (error: unknown) => void;
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
