import { INTERNAL_HEADERS, type MissReason, type RegistryPath } from '@registry-cache/domain';
import { listsEtag } from '../../wire/http/if-none-match.ts';
import { isMultiRange, parseRange, type RequestedRange } from '../../wire/http/range.ts';
import { waitInSpan } from '../../wire/spans.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { RepositoryScope } from '../fetch/repository-scope.ts';
import type { BlobDeps } from './blob-deps.ts';
import { joinFetch, NEAR_BYTES, respondFromFetch } from './blob-from-fetch.ts';
import { respondFromStore } from './blob-from-store.ts';
import { respondWithBlobHead } from './blob-head.ts';
import { respondWithBlobRange } from './blob-range.ts';

type BlobPath = Extract<RegistryPath, { kind: 'blob' }>;

/**
 * Responds with a blob: from the store if it is there, else from the one fetch that all clients
 * share. Only two kinds of requests go to the upstream as they are: HEAD, and parts of a blob that
 * no fetch is running for. A request for several parts gets the whole blob, as RFC 9110, section
 * 14.2, allows. The ETag is the digest, as the engine's is. So a client can combine parts from
 * egress with parts from the engine.
 * @throws RegistryError before the first byte; the body throws after it.
 */
export async function respondWithBlob(
  deps: BlobDeps,
  request: RegistryRequest,
  { repository, digest }: BlobPath,
): Promise<RegistryResponse> {
  const own = { etag: `"${digest}"`, 'docker-content-digest': digest };
  const scope = { upstreamId: deps.upstreamId, repository };
  if (listsEtag(request.ifNoneMatch, own.etag)) {
    // Only the upstream decides whether the caller may have the blob. A link is its earlier yes.
    const isHere = await deps.store.hasLayer(scope.upstreamId, repository, digest);
    if (!isHere) await respondWithBlobHead(deps, request);
    return { status: 304, headers: own, body: undefined };
  }
  const asked = isMultiRange(request.range) ? { ...request, range: undefined } : request;
  const response = await respondFrom(deps, asked, scope, digest);
  return {
    ...response,
    headers: { [INTERNAL_HEADERS.cache.key]: 'MISS', ...response.headers, ...own },
  };
}

async function respondFrom(
  deps: BlobDeps,
  request: RegistryRequest,
  scope: RepositoryScope,
  digest: string,
): Promise<RegistryResponse> {
  const { fetches } = deps;
  // A verified blob is in the store in a moment, and the store serves parts and HEAD as well.
  const running = fetches.running(scope.upstreamId, digest);
  if (running?.body.isVerified === true) await running.settled;
  if (running?.body.isVerified !== false || !running.isFor(scope)) {
    const stored = await respondFromStore(deps, request, scope, digest);
    if (stored !== undefined) return stored;
  }

  const range = request.range === undefined ? undefined : parseRange(request.range);
  const joined = await joinFetch(deps, request, scope, digest, range);
  if (joined !== undefined) return because('shared', joined);
  if (request.method === 'HEAD') return because('head', await respondWithBlobHead(deps, request));
  // A part is given here: its client may be going on with a body that broke off elsewhere.
  const isWhole = request.range === undefined || (range?.first === 0 && range.last === undefined);
  const url = isWhole ? await deps.elsewhere?.find(scope, digest, request.signal) : undefined;
  if (url !== undefined) return redirectTo(url);
  if (request.range !== undefined && !isNearlyAll(range)) {
    fetchAllAfterSome(deps, request.target, scope, digest);
    return because('range', await respondWithBlobRange(deps, request, digest));
  }
  const other = fetches.running(scope.upstreamId, digest);
  const begun =
    other?.isFor(scope) === true
      ? other
      : fetches.start(deps, { path: request.target, scope, digest });
  // Another request may have begun it in the meantime.
  const fetch = await (begun === other
    ? waitInSpan(deps.spans, begun.span, 'a running fetch', begun.opened)
    : begun.opened);
  const response = respondFromFetch(deps, request, fetch, range);
  if (response !== undefined) return because(begun === other ? 'shared' : 'absent', response);
  // The upstream refuses a part beyond the end. A fetch that has ended is in the store.
  return fetch.body.acceptsReaders
    ? because('range', await respondWithBlobRange(deps, request, digest))
    : respondFrom(deps, request, scope, digest);
}

function because(why: MissReason, response: RegistryResponse): RegistryResponse {
  return { ...response, miss: { why } };
}

/** No cache on the way may keep the URL, which lets in whoever has it. */
function redirectTo(url: string): RegistryResponse {
  const headers = { location: url, 'cache-control': 'no-store', 'content-length': '0' };
  return {
    status: 307,
    headers: { ...headers, [INTERNAL_HEADERS.cache.key]: 'HIT' },
    body: undefined,
  };
}

/**
 * Starts a fetch of the whole blob at the n-th request for a part. It goes on by itself and is
 * stored. Otherwise clients that only ask for parts would fetch each byte from the upstream again.
 */
function fetchAllAfterSome(
  deps: BlobDeps,
  path: string,
  scope: RepositoryScope,
  digest: string,
): void {
  const { fetches, rangeCounts, blobs, now, health } = deps;
  const { upstreamId } = scope;
  if (!rangeCounts.countRange(upstreamId, digest, blobs.rangesUntilFetch, now())) return;
  if (health.circuit === 'open' || fetches.running(upstreamId, digest) !== undefined) return;
  fetches.start(deps, { path, scope, digest });
}

/** Whether a client resumes a download that broke off early. It is worth a fetch of the whole. */
function isNearlyAll(range: RequestedRange | undefined): boolean {
  return range !== undefined && range.last === undefined && range.first <= NEAR_BYTES;
}
