import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EgressOptions, INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { RegistryRequest } from '../../cache/contract/registry-request.ts';
import { respond } from '../../cache/respond.ts';
import { isAnsweredByPin } from '../../cache/tags/plan-pinned.ts';
import { wasBrought } from '../../cache/was-brought.ts';
import type { Tracer } from '../../traces/tracer.ts';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import type { RegistryError } from '../../wire/errors/registry-error.ts';
import { type ContextDeps, createContext } from './create-context.ts';
import { noteFailure, noteMiss } from './note-miss.ts';
import type { PendingResponses } from './pending-responses.ts';
import { readRequest } from './read-request.ts';
import { readRequestId } from './request-id.ts';
import { sendError, sendStarted } from './respond.ts';
import { type StartedResponse, startResponse } from './started-response.ts';
import { traceRequest } from './trace-request.ts';
import { waitedBefore } from './waited-before.ts';

export interface ServeDeps extends ContextDeps {
  readonly pending: PendingResponses;
  /** Undefined without tracing. */
  readonly spans: Tracer | undefined;
  /** The options as they were read last. */
  readonly options: () => Pick<EgressOptions, 'answerWithinMs' | 'blobs' | 'notFoundMs'>;
}

/** A request may take this long, even if it has waited for longer at the edge. */
const LEAST_MS = 1_000;

/**
 * Answers one request to one upstream, in a trace where that is on. An error before the body becomes
 * an error in the OCI shape. An error within the body cuts the connection, so that no client takes a
 * part for the whole.
 */
export function serve(
  deps: ServeDeps,
  lease: Lease,
  httpRequest: IncomingMessage,
  httpResponse: ServerResponse,
  canSendfile: boolean,
): Promise<void> {
  if (deps.spans === undefined)
    return serveNow(deps, lease, httpRequest, httpResponse, canSendfile);
  return traceRequest(deps.spans, lease.upstream.key, httpRequest, httpResponse, () =>
    serveNow(deps, lease, httpRequest, httpResponse, canSendfile),
  );
}

async function serveNow(
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
    noteFailure(deps, { upstream: key, headers: httpRequest.headers, request }, failure);
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
async function answer(
  deps: ServeDeps,
  lease: Lease,
  request: RegistryRequest,
  httpRequest: IncomingMessage,
  httpResponse: ServerResponse,
): Promise<void> {
  const { metrics, recentErrors } = deps;
  const { id: upstreamId, key } = lease.upstream;
  const answerNow = async () => {
    const started = await startInTime(deps, lease, request, waitedBefore(httpRequest));
    const { status, headers } = started.response;
    noteMiss(deps, { upstream: key, headers: httpRequest.headers, request }, started.response);
    deps.spans?.current()?.set({ 'registry_cache.cache': headers[INTERNAL_HEADERS.cache.key] });
    metrics.requests.inc({ upstream: key, kind: request.path.kind, status });
    await sendStarted(httpResponse, started, (count) =>
      metrics.bytes.inc({ upstream: key }, count),
    );
  };
  // An answer from what is here says nothing about the upstream, which no error of it counts for.
  if (request.noFetch !== undefined) return answerNow();
  // A pin may have come after the registry said that it has no such thing.
  if (await isAnsweredByPin(deps.cache.pins, upstreamId, request.path)) return answerNow();
  const isForReason = httpRequest.headers[INTERNAL_HEADERS.engineStatus.key] !== undefined;
  const isHere = () => wasBrought(deps.cache, upstreamId, request.path);
  return recentErrors.around({ upstreamId, key, request, isForReason, isHere }, answerNow);
}

/**
 * The response with its first bytes. The work goes on after its time is over, and keeps the client
 * open until then.
 * @throws RegistryError 503 when its time is over.
 */
function startInTime(
  deps: ServeDeps,
  lease: Lease,
  request: RegistryRequest,
  waitedMs: number,
): Promise<StartedResponse> {
  const { method, target, accept, range, ifNoneMatch, canSendfile } = request;
  const { noFetch, caller, isOperator, source } = request;
  const { id, key: name } = lease.upstream;
  const asked = [method, target, accept, range, ifNoneMatch, canSendfile];
  const kind = [...asked, noFetch, caller, isOperator, source];
  const key = JSON.stringify([id, ...kind]);
  const limitMs = Math.max(LEAST_MS, deps.options().answerWithinMs - waitedMs);
  return deps.pending.within({ key, name, limitMs, gone: request.signal }, async (signal) => {
    const shared = lease.share();
    try {
      const own = { ...request, signal };
      return await startResponse(respond(createContext(deps, shared, own), own), signal);
    } finally {
      shared.release();
    }
  });
}

/** 421 sends a peer to the upstream. */
const USUAL_STATUSES = new Set([404, 405, 421]);

/** The log has one line already for an open circuit, or an upstream that is offline. */
function isStanding({ phase }: RegistryError): boolean {
  return phase === 'circuit-open' || phase === 'offline';
}

function report(
  log: Logger,
  upstream: string,
  { method, url, headers }: IncomingMessage,
  failure: RegistryError,
  bodyCut: boolean,
): void {
  const { status, phase, message } = failure;
  const isUsual = USUAL_STATUSES.has(status) || phase === 'access' || isStanding(failure);
  const level = isUsual ? 'debug' : 'warn';
  const path = url?.split('?')[0];
  const text = bodyCut ? 'body cut short' : 'upstream gave no good answer';
  const id = readRequestId(headers);
  log[level]({ id, upstream, method, path, status, phase, err: message }, text);
}
