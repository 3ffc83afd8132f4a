import type { EgressOptions } from '@registry-cache/domain';
import type { EventLog, Logger } from '@registry-cache/runtime';
import type { Admission } from '../../cache/admission/admission.ts';
import type { BucketReader } from '../../cache/bucket/bucket-reader.ts';
import type { BucketRedirects } from '../../cache/bucket/bucket-redirects.ts';
import { withBucket } from '../../cache/bucket/with-bucket.ts';
import { imageOf } from '../../cache/contract/image-of.ts';
import { whileClientOpen } from '../../cache/contract/keep-client-open.ts';
import type { ReadListRights } from '../../cache/contract/list-rights.ts';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
import { createEntrance, type Entrance } from '../../cache/entrance/entrance.ts';
import type { ListMemory } from '../../cache/lists/list-memory.ts';
import type { RecentErrors } from '../../cache/recent-errors.ts';
import { createBroughtSignatures } from '../../cache/trust/brought-signatures.ts';
import { createSignatureSource } from '../../cache/trust/signature-source.ts';
import type { Trust } from '../../cache/trust/trust.ts';
import {
  type OwnContext,
  type SharedCache,
  type UpstreamContext,
  upstreamContext,
} from '../../cache/upstream-context.ts';
import type { ReadBlob } from '../../cache/verdicts/documents.ts';
import type { EgressMetrics } from '../../metrics/metrics.ts';
import { listTagNames } from '../../store/lists.ts';
import type { Reservations } from '../../store/reservations/reservations.ts';
import { listRevisions } from '../../store/revisions.ts';
import type { Lease } from '../../upstream/client/upstreams.ts';
import type { Spans } from '../../wire/spans.ts';
import { refusal } from './refusal.ts';

export interface ContextDeps {
  readonly recentErrors: RecentErrors;
  readonly reservations: Reservations;
  readonly lists: ListMemory;
  readonly storeRoot: string;
  readonly listRights: ReadListRights;
  readonly metrics: EgressMetrics;
  readonly events: Pick<EventLog, 'record'>;
  readonly log: Logger;
  /** Undefined without tracing. */
  readonly spans: Spans | undefined;
  readonly cache: SharedCache;
  /** Undefined without a bucket. */
  readonly bucket: BucketReader | undefined;
  /** Undefined where no client is sent to the bucket. */
  readonly redirects: BucketRedirects | undefined;
  readonly trust: Trust;
  readonly admission: Admission;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether peers ask here, which have decided their requests. */
  readonly isForPeers: boolean;
  /** The options as they were read last. */
  readonly options: () => Pick<EgressOptions, 'access' | 'blobs' | 'bucket'>;
}

/**
 * The context in which the cache responds to `request`, by the leased upstream.
 * @throws RegistryError 421 for a peer's request that this replica must not answer.
 */
export function createContext(
  deps: ContextDeps,
  lease: Lease,
  request: RegistryRequest,
): UpstreamContext {
  const { cache, recentErrors, reservations, lists, storeRoot, now, trust, admission } = deps;
  const { upstream, timeouts } = lease;
  const { isForPeers } = deps;
  const client = (isForPeers ? lease.client.withoutPeers : undefined) ?? lease.client;
  const { id, key, tags, connectionsPerBlob, prefetchMaxBytes, repositoryPrefix = '' } = upstream;
  const keepClientOpen = () => lease.share().release;
  const readBlob: ReadBlob = async (repository, digest, maxBytes) => {
    const stored = await cache.store.readBlob(digest);
    if (stored !== undefined) return stored.length > maxBytes ? undefined : stored;
    return whileClientOpen({ keepClientOpen }, () =>
      createSignatureSource({ key, client }, repository).blob(digest, maxBytes),
    );
  };
  const named = { key, upstreamId: id, readBlob };
  const brought = (repository: string) =>
    createBroughtSignatures({ ...cache, upstreamId: id }, repository);
  const signed = trust.of({ ...named, client, repositoryPrefix, keepClientOpen, brought });
  const keepWaiting = (...image: Parameters<UpstreamContext['keepWaiting']>) =>
    context.keepWaiting(...image);
  const checks = [signed, admission.of({ ...named, keepWaiting })];
  if (isForPeers) refuseUnchecked(createEntrance(key, checks), request);
  const remembering = recentErrors.withMemory(client, id, request);
  const { bucket } = deps;
  const context = upstreamContext(cache, {
    ...observers(deps, key),
    spans: deps.spans,
    key,
    upstreamId: id,
    client: bucket === undefined ? remembering : withBucket(remembering, id, bucket),
    reservations,
    lists,
    listTags: (repository) => listTagNames(storeRoot, id, repository),
    listRevisions: (repository) => listRevisions(storeRoot, id, repository),
    mayShowTag: shownTags(deps, key, request),
    mayBePushed: (repository) => deps.listRights()?.mayBePushed(imageOf(key, repository)) === true,
    timeouts,
    blobs: deps.options().blobs,
    health: client.health,
    elsewhere: findElsewhere(deps, upstream, request),
    tagRules: tags,
    connectionsPerBlob,
    // Each layer belongs to a replica of its own, which the one that the client asked finds.
    prefetchMaxBytes: isForPeers ? 0 : prefetchMaxBytes,
    now,
    keepClientOpen,
    // A scanner is not asked about what is not signed. A peer checks for itself.
    entrance: createEntrance(key, isForPeers ? [] : checks),
  });
  return context;
}

/**
 * A manifest that comes for a peer is linked here, and its tag is noted, unchecked. Where rules are
 * about it, clients of this replica would get it as one that was admitted.
 */
function refuseUnchecked(entrance: Entrance, { path }: RegistryRequest): void {
  if (path.kind !== 'manifest' || !entrance.isGuarded(path.repository)) return;
  const message = `each replica checks the images of ${path.repository} by itself`;
  throw refusal(421, 'request', message);
}

/** The bucket, for a client of the edge that may be sent there. */
function findElsewhere(
  { redirects, isForPeers, options }: ContextDeps,
  { id: upstreamId, triesLogins = false }: Lease['upstream'],
  { source, isFromPeer = false }: RegistryRequest,
): OwnContext['elsewhere'] {
  const isClient = source !== undefined && !isForPeers && !isFromPeer;
  if (redirects === undefined || !isClient) return undefined;
  const { access, bucket } = options();
  // Whoever has a URL of the bucket can use it, also a user whom the rules refuse.
  const isRuled = access !== undefined || triesLogins;
  if (isRuled && bucket?.redirect !== 'always') return undefined;
  return redirects.of(source, upstreamId);
}

function shownTags(
  { listRights }: ContextDeps,
  key: string,
  { caller, isOperator, path }: RegistryRequest,
): OwnContext['mayShowTag'] {
  const rights = path.kind === 'tags' ? listRights() : undefined;
  if (rights === undefined || isOperator) return undefined;
  const image = imageOf(key, path.repository);
  return (tag) => caller !== undefined && rights.mayPullTag(caller, image, tag);
}

const MAX_ERROR_LENGTH = 500;

function observers({ metrics, events, log, now }: ContextDeps, upstream: string) {
  return {
    onReceived: (bytes) => metrics.fetchedBytes.inc({ upstream }, bytes),
    onFetchEnd: ({ digest, outcome, facts, cause }) => {
      metrics.fetches.inc({ upstream, outcome });
      const err = cause instanceof Error ? cause.message : undefined;
      const { sinceMs, firstByteMs, repository, bytes, from, source, mostReaders } = facts;
      const endedMs = now();
      events.record({
        ...{ event: 'fetch', time: new Date(endedMs).toISOString(), ms: endedMs - sinceMs },
        ...{ firstByteMs, upstream, repository, digest, bytes, outcome, from, source },
        readers: mostReaders,
        error: err?.slice(0, MAX_ERROR_LENGTH),
      });
      // The requests that waited for a failed fetch log why it failed.
      const level = outcome === 'not-stored' ? 'warn' : 'debug';
      log[level]({ upstream, digest, outcome, err }, 'blob fetched');
    },
    onResume: () => metrics.resumes.inc({ upstream }),
    onUncached: (bytes) => metrics.uncachedBytes.inc({ upstream }, bytes),
    onStale: () => metrics.stale.inc({ upstream }),
    onTagGone: ({ repository, tag }) => {
      const time = new Date(now()).toISOString();
      events.record({ event: 'tag-gone', time, upstream, repository, tag });
    },
    onDamaged: (digest) => {
      metrics.damaged.inc({ upstream });
      log.warn({ upstream, digest }, 'removed a damaged blob; it will be fetched again');
    },
    onNotStored: (digest, error) => {
      const err = error instanceof Error ? error.message : String(error);
      log.warn({ upstream, digest, err }, 'could not store fetched content');
    },
  } satisfies Partial<OwnContext>;
}
