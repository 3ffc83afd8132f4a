import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { statusOf } from '../../wire/errors/registry-error.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { Listing } from '../memory/listing-memory.ts';
import type { UpstreamContext } from '../upstream-context.ts';

export interface ListDeps {
  /** Asks the upstream, for all who want the same list now. */
  readonly fetch: (request: RegistryRequest) => Promise<Listing>;
  /** What there is without an upstream; undefined where there is nothing. */
  readonly fallBack: (key: string) => Promise<Listing | undefined>;
}

/** The first who asks may go before it is here, and others still want it. */
const LONGEST_MS = 120_000;

/**
 * A list: the upstream's, or where that is ill what is known here.
 * @throws RegistryError the upstream's own, where nothing is known here either.
 */
export async function respondWithList(
  context: UpstreamContext,
  request: RegistryRequest,
  { fetch, fallBack }: ListDeps,
): Promise<RegistryResponse> {
  const { lists, upstreamId } = context;
  const key = `${upstreamId} ${request.target}`;
  const forAll = () => fetch({ ...request, signal: AbortSignal.timeout(LONGEST_MS) });
  try {
    return toResponse(await lists.share(key, forAll), request, 'MISS');
  } catch (error) {
    const status = statusOf(error);
    const known = status >= 500 || status === 429 ? await fallBack(key) : undefined;
    if (known === undefined) throw error;
    return toResponse(known, request, 'STALE');
  }
}

function toResponse(
  { headers, bytes }: Listing,
  { method }: RegistryRequest,
  cache: string,
): RegistryResponse {
  const body = method === 'HEAD' ? undefined : once(bytes);
  return { status: 200, headers: { ...headers, [INTERNAL_HEADERS.cache.key]: cache }, body };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
