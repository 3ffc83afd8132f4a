import { INTERNAL_HEADERS, type RegistryPath } from '@registry-cache/domain';
import { namesTag } from '../../wire/http/if-none-match.ts';
import { type AskedRange, isSeveral, parseRange } from '../../wire/http/range.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { RepositoryScope } from '../fetch/blob-fetch.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { joinFetch, NEAR_BYTES, respondFromFetch } from './blob-from-fetch.ts';
import { respondFromStore } from './blob-from-store.ts';
import { respondWithBlobHead } from './blob-head.ts';
import { respondWithBlobRange } from './blob-range.ts';

type BlobPath = Extract<RegistryPath, { kind: 'blob' }>;

/**
 * A blob: from the store where it is here by now, else from the one fetch that all share. Only
 * HEAD and parts of what nobody is fetching are asked of the upstream as they are. Who asks for
 * several parts at once is given the whole, as RFC 9110, section 14.2, allows. Its ETag is its
 * digest, as the engine's is, so that parts from here and from the store fit together.
 * @throws RegistryError before the first byte; the body throws after it.
 */
export async function respondWithBlob(
  context: UpstreamContext,
  request: RegistryRequest,
  { repository, digest }: BlobPath,
): Promise<RegistryResponse> {
  const own = { etag: `"${digest}"`, 'docker-content-digest': digest };
  const scope = { upstreamId: context.upstreamId, repository };
  if (namesTag(request.ifNoneMatch, own.etag)) {
    // Whether the caller may have the blob is the upstream's to say, unless it has said so.
    const isHere = await context.store.hasLayer(scope.upstreamId, repository, digest);
    if (!isHere) await respondWithBlobHead(context, request);
    return { status: 304, headers: own, body: undefined };
  }
  const asked = isSeveral(request.range) ? { ...request, range: undefined } : request;
  const response = await respondFrom(context, asked, scope, digest);
  return {
    ...response,
    headers: { [INTERNAL_HEADERS.cache.key]: 'MISS', ...response.headers, ...own },
  };
}

async function respondFrom(
  context: UpstreamContext,
  request: RegistryRequest,
  scope: RepositoryScope,
  digest: string,
): Promise<RegistryResponse> {
  const { fetches } = context;
  // What is verified is in the store in a moment, which serves parts and HEAD as well.
  const running = fetches.running(scope.upstreamId, digest);
  if (running?.body.isVerified === true) await running.settled;
  if (running?.body.isVerified !== false || !running.isFor(scope)) {
    const stored = await respondFromStore(context, request, scope, digest);
    if (stored !== undefined) return stored;
  }

  const range = request.range === undefined ? undefined : parseRange(request.range);
  const joined = await joinFetch(context, request, scope, digest, range);
  if (joined !== undefined) return joined;
  if (request.method === 'HEAD') return respondWithBlobHead(context, request);
  if (request.range !== undefined && !isNearlyAll(range)) {
    fetchAllAfterSome(context, request.target, scope, digest);
    return respondWithBlobRange(context, request, digest);
  }
  const other = fetches.running(scope.upstreamId, digest);
  const fetch =
    other?.isFor(scope) === true ? other : fetches.start(context, request.target, scope, digest);
  await fetch.opened;
  const response = respondFromFetch(context, request, fetch, range);
  if (response !== undefined) return response;
  // A part that lies beyond the end is the upstream's to refuse; what has ended is in the store.
  return fetch.body.acceptsReaders
    ? respondWithBlobRange(context, request, digest)
    : respondFrom(context, request, scope, digest);
}

/**
 * Clients that only ever ask for parts would fetch every byte from the upstream each time. So the
 * n-th part starts one fetch of the whole, which goes on by itself and is kept.
 */
function fetchAllAfterSome(
  context: UpstreamContext,
  path: string,
  scope: RepositoryScope,
  digest: string,
): void {
  const { fetches, rangeCounts, blobs, now, health } = context;
  const { upstreamId } = scope;
  if (!rangeCounts.isEnough(upstreamId, digest, blobs.rangesUntilFetch, now())) return;
  if (health.circuit === 'open' || fetches.running(upstreamId, digest) !== undefined) return;
  fetches.start(context, path, scope, digest);
}

/** What a client asks for that was interrupted early: worth a fetch of the whole, which is kept. */
function isNearlyAll(range: AskedRange | undefined): boolean {
  return range !== undefined && range.last === undefined && range.first <= NEAR_BYTES;
}
