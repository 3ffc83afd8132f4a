import { setTimeout as delay } from 'node:timers/promises';
import { resumingBody } from '../../wire/body/resume.ts';
import { verifiedBody } from '../../wire/body/verify.ts';
import type { RequestedRange } from '../../wire/http/range.ts';
import { waitInSpan } from '../../wire/spans.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { BlobFetch } from '../fetch/blob-fetch.ts';
import type { RepositoryScope } from '../fetch/repository-scope.ts';
import { type FetchRest, SharedReader } from '../fetch/shared-reader.ts';
import type { BlobDeps, ConfirmDeps, PassOnDeps } from './blob-deps.ts';
import { confirmBlob } from './confirm-blob.ts';
import { countUncached } from './count-uncached.ts';

/** A part that begins at most so far behind the fetch waits for it. Others are requested apart. */
export const NEAR_BYTES = 8 * 1024 * 1024;

type JoinDeps = ConfirmDeps & PassOnDeps & Pick<BlobDeps, 'fetches' | 'spans'>;

/**
 * Responds from a running fetch; undefined if none fits. A repository that the fetch was not
 * started for joins once the upstream has said that it may have the blob.
 * @throws RegistryError of the upstream.
 */
export async function joinFetch(
  deps: JoinDeps,
  request: RegistryRequest,
  scope: RepositoryScope,
  digest: string,
  range: RequestedRange | undefined,
): Promise<RegistryResponse | undefined> {
  const running = deps.fetches.running(scope.upstreamId, digest);
  if (running === undefined || !isNear(running, request, range)) return undefined;
  const isOther = !running.isFor(scope);
  const upstreamBytes = isOther ? await confirmBlob(deps, scope, digest) : undefined;
  let fetch: BlobFetch;
  try {
    fetch = await waitInSpan(deps.spans, running.span, 'a running fetch', running.opened);
  } catch (error) {
    // A failure for another repository says nothing about this one.
    if (running.scope.repository === scope.repository) throw error;
    return undefined;
  }
  if (isOther) {
    const { sizeBytes } = fetch.body;
    // Another reply, such as a portal's page, permits nothing: only a GET can tell.
    if (sizeBytes === undefined || upstreamBytes !== sizeBytes) return undefined;
    await fetch.permit(scope);
  }
  return respondFromFetch(deps, request, fetch, range);
}

/** Responds from an opened fetch; undefined if it has ended, or does not have this range. */
export function respondFromFetch(
  deps: PassOnDeps,
  request: RegistryRequest,
  fetch: BlobFetch,
  range: RequestedRange | undefined,
): RegistryResponse | undefined {
  const { body } = fetch;
  const { sizeBytes } = body;
  const { method } = request;
  const headers = { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes' };
  if (method === 'HEAD' || range !== undefined) {
    if (sizeBytes === undefined || (range?.first ?? -1) >= sizeBytes) return undefined;
  }
  if (method === 'HEAD')
    return { status: 200, headers: { ...headers, ...lengthOf(sizeBytes) }, body: undefined };
  if (!body.acceptsReaders) return undefined;
  const fetchRest = ownRest(deps, request, fetch);
  if (range === undefined || sizeBytes === undefined) {
    const reader = new SharedReader(body, 0, Number.POSITIVE_INFINITY, fetchRest);
    return { status: 200, headers: { ...headers, ...lengthOf(sizeBytes) }, body: reader };
  }
  const end = Math.min((range.last ?? sizeBytes) + 1, sizeBytes);
  return {
    status: 206,
    headers: {
      ...headers,
      'content-range': `bytes ${range.first}-${end - 1}/${sizeBytes}`,
      ...lengthOf(end - range.first),
    },
    body: new SharedReader(body, range.first, end, fetchRest),
  };
}

function isNear(
  { body }: BlobFetch,
  { method, range: asked }: RegistryRequest,
  range: RequestedRange | undefined,
) {
  if (asked === undefined || method === 'HEAD') return true;
  if (range === undefined) return false;
  return range.last === undefined || range.first <= body.releasedBytes + NEAR_BYTES;
}

function lengthOf(bytes: number | undefined): Record<string, string> {
  return bytes === undefined ? {} : { 'content-length': String(bytes) };
}

/**
 * Fetches the rest for one reader when the store can take no more. The digest is checked, unless
 * the reader is already past the end of the shared part.
 */
function ownRest(deps: PassOnDeps, request: RegistryRequest, fetch: BlobFetch): FetchRest {
  return ({ position, hash }, from) => {
    const { sizeBytes } = fetch.body;
    const start = Math.max(position, from);
    const end = sizeBytes === undefined ? undefined : sizeBytes - 1;
    const ask = (range: string | undefined) => askUpstream(deps, request, 'GET', { range });
    const chunks = resumingBody({
      start,
      end,
      version: fetch.version,
      opened: ask(start === 0 ? undefined : `bytes=${start}-${end ?? ''}`),
      reopen: ask,
      sleep: (ms) => delay(ms, undefined, { signal: request.signal }),
      onResume: deps.onResume,
      timeouts: deps.timeouts,
      lowestRate: deps.blobs,
      allowsOtherEtags: true,
    });
    const rest = countUncached(deps, chunks);
    return from > position ? rest : verifiedBody(rest, fetch.digest, hash.copy());
  };
}
