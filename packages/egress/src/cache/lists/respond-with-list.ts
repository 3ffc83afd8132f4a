import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { statusOf } from '../../wire/errors/registry-error.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { singleChunk } from '../contract/single-chunk.ts';
import type { RememberListDeps } from './list-deps.ts';
import type { RegistryList } from './list-memory.ts';

export interface ListReaders {
  /** Fetches the list from the upstream, once for all callers at the same time. */
  readonly fetch: (request: RegistryRequest) => Promise<RegistryList>;
  /** The list that is known without the upstream; undefined if none is. */
  readonly fallBack: (key: string) => Promise<RegistryList | undefined>;
  /** What the caller may see of the list, which is the same for all. Default: all of it. */
  readonly show?: (list: RegistryList) => Promise<RegistryList> | RegistryList;
}

/** The first client may leave before the list is here, while others still wait for it. */
const FETCH_LIMIT_MS = 120_000;

/**
 * Responds with the upstream's list, or with the known one if the upstream does not answer.
 * @throws RegistryError the upstream's own, if no list is known.
 */
export async function respondWithList(
  { lists, upstreamId }: RememberListDeps,
  request: RegistryRequest,
  { fetch, fallBack, show = (list) => list }: ListReaders,
): Promise<RegistryResponse> {
  const key = `${upstreamId} ${request.target}`;
  const forAll = () => fetch({ ...request, signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
  try {
    return listResponse(await show(await lists.share(key, forAll)), request, 'MISS');
  } catch (error) {
    const status = statusOf(error);
    const known = status >= 500 || status === 429 ? await fallBack(key) : undefined;
    if (known === undefined) throw error;
    return listResponse(await show(known), request, 'STALE');
  }
}

/** The response with a list that was read whole. */
export function listResponse(
  { headers, bytes }: RegistryList,
  { method }: RegistryRequest,
  cache: 'MISS' | 'STALE',
): RegistryResponse {
  const body = method === 'HEAD' ? undefined : singleChunk(bytes);
  return { status: 200, headers: { ...headers, [INTERNAL_HEADERS.cache.key]: cache }, body };
}
