import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EgressOptions, INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
import type { ListingMemory } from '../../cache/memory/listing-memory.ts';
import type { RecentErrors } from '../../cache/memory/recent-errors.ts';
import { respond } from '../../cache/respond.ts';
import {
  type SharedCache,
  type UpstreamContext,
  upstreamContext,
} from '../../cache/upstream-context.ts';
import type { EgressMetrics } from '../../metrics/metrics.ts';
import type { Reservations } from '../../store/reservations/reservations.ts';
import { listTagNames } from '../../store/tag-names.ts';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import type { RegistryError } from '../../wire/errors/registry-error.ts';
import { begin } from './begun.ts';
import { readRequest } from './read-request.ts';
import { sendBegun, sendError } from './respond.ts';
import type { Waiting } from './waiting.ts';

export interface ServeDeps {
  readonly recentErrors: RecentErrors;
  readonly reservations: Reservations;
  readonly lists: ListingMemory;
  readonly storeRoot: string;
  readonly metrics: EgressMetrics;
  readonly log: Logger;
  readonly cache: SharedCache;
  readonly now: () => number;
  readonly waiting: Waiting;
  /** The options as they are now. */
  readonly options: () => Pick<EgressOptions, 'answerWithinMs' | 'blobs'>;
}

/** So long an answer may take however long its request has waited before. */
const LEAST_MS = 1_000;

/**
 * Answers one request to one upstream. An error before the body is told in the OCI shape, one
 * within it destroys the connection: nobody may take a part for the whole.
 */
export async function serve(
  deps: ServeDeps,
  lease: Lease,
  httpRequest: IncomingMessage,
  httpResponse: ServerResponse,
  canSendfile: boolean,
): Promise<void> {
  const { metrics } = deps;
  const { key } = lease.upstream;
  const gone = new AbortController();
  httpResponse.once('close', () => gone.abort());
  let request: RegistryRequest | undefined;
  try {
    request = readRequest(httpRequest, canSendfile, gone.signal);
    await answer(deps, lease, request, httpRequest, httpResponse);
  } catch (error) {
    if (gone.signal.aborted) return;
    const failure = toRegistryError(error, key);
    metrics.errors.inc({ upstream: key, phase: failure.phase });
    report(deps.log, key, httpRequest, failure, httpResponse.headersSent);
    if (httpResponse.headersSent) {
      httpResponse.destroy();
      return;
    }
    const kind = request?.path.kind ?? 'other';
    metrics.requests.inc({ upstream: key, kind, status: failure.status });
    sendError(httpResponse, failure);
  }
}

/** @throws RegistryError, also a remembered one. */
function answer(
  deps: ServeDeps,
  lease: Lease,
  request: RegistryRequest,
  httpRequest: IncomingMessage,
  httpResponse: ServerResponse,
): Promise<void> {
  const { metrics, recentErrors } = deps;
  const { id: upstreamId, key } = lease.upstream;
  const isForReason = httpRequest.headers[INTERNAL_HEADERS.engineStatus.key] !== undefined;
  return recentErrors.around({ upstreamId, key, request, isForReason }, async () => {
    const begun = await beginInTime(deps, lease, request, waitedBefore(httpRequest));
    const { status } = begun.response;
    metrics.requests.inc({ upstream: key, kind: request.path.kind, status });
    await sendBegun(httpResponse, begun, (count) => metrics.bytes.inc({ upstream: key }, count));
  });
}

/** For how long the request has waited at the edge; 0 where nothing sensible says so. */
function waitedBefore({ headers }: IncomingMessage): number {
  const ms = Date.now() - Number(headers[INTERNAL_HEADERS.received.key]);
  return ms > 0 && ms < 600_000 ? ms : 0;
}

/** The answer once its first byte is here. It goes on, and keeps the client open, past its time. */
function beginInTime(deps: ServeDeps, lease: Lease, request: RegistryRequest, waitedMs: number) {
  const { method, target, accept, range, ifNoneMatch, canSendfile } = request;
  const { id, key: name } = lease.upstream;
  const key = JSON.stringify([id, method, target, accept, range, ifNoneMatch, canSendfile]);
  const limitMs = Math.max(LEAST_MS, deps.options().answerWithinMs - waitedMs);
  return deps.waiting.within({ key, name, limitMs, gone: request.signal }, async (signal) => {
    const shared = lease.share();
    try {
      const own = { ...request, signal };
      return await begin(respond(contextOf(deps, shared, own), own), signal);
    } finally {
      shared.release();
    }
  });
}

function contextOf(deps: ServeDeps, lease: Lease, request: RegistryRequest): UpstreamContext {
  const { cache, recentErrors, reservations, lists, storeRoot, metrics, log, now } = deps;
  const { upstream, client, timeouts } = lease;
  const { id, key, tags, connectionsPerBlob, prefetchMaxBytes } = upstream;
  return upstreamContext(cache, {
    key,
    upstreamId: id,
    client: recentErrors.withMemory(client, id, request),
    reservations,
    lists,
    listTags: (repository) => listTagNames(storeRoot, id, repository),
    timeouts,
    blobs: deps.options().blobs,
    health: client.health,
    tagRules: tags,
    connectionsPerBlob,
    prefetchMaxBytes,
    now,
    onReceived: (bytes) => metrics.fetchedBytes.inc({ upstream: key }, bytes),
    onFetchEnd: ({ digest, outcome, cause }) => {
      metrics.fetches.inc({ upstream: key, outcome });
      const err = cause instanceof Error ? cause.message : undefined;
      // Why a fetch failed is said where someone waited for it.
      const level = outcome === 'unkept' ? 'warn' : 'debug';
      log[level]({ upstream: key, digest, outcome, err }, 'blob fetched');
    },
    keepClientOpen: () => lease.share().release,
    onResume: () => metrics.resumes.inc({ upstream: key }),
    onUncached: (bytes) => metrics.uncachedBytes.inc({ upstream: key }, bytes),
    onStale: () => metrics.stale.inc({ upstream: key }),
    onDamaged: (digest) => {
      metrics.damaged.inc({ upstream: key });
      log.warn({ upstream: key, digest }, 'took a damaged blob out; it will be fetched anew');
    },
    onUnkept: (digest, error) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ upstream: key, digest, err: reason }, 'could not keep what was fetched');
    },
  });
}

/** Of an upstream that is ill or offline it has been said once. */
function isStanding({ phase }: RegistryError): boolean {
  return phase === 'circuit-open' || phase === 'offline';
}

function report(
  log: Logger,
  upstream: string,
  { method, url }: IncomingMessage,
  failure: RegistryError,
  bodyCut: boolean,
): void {
  const { status, phase, message } = failure;
  const isUsual = status === 404 || status === 405 || isStanding(failure);
  const level = isUsual ? 'debug' : 'warn';
  const path = url?.split('?')[0];
  const what = bodyCut ? 'body cut short' : 'upstream gave no good answer';
  log[level]({ upstream, method, path, status, phase, err: message }, what);
}
