import type { RegistryPath } from '@registry-cache/domain';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { hasForeignCursor } from '../../wire/http/cursor.ts';
import { discard } from '../../wire/transport/reply.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { Listing } from '../memory/listing-memory.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { fetchFallbackTag } from './fallback-tag.ts';
import { readList } from './fetch-list.ts';
import { parseIndex } from './referrers-index.ts';
import { respondWithList } from './respond-with-list.ts';

type ReferrersPath = Extract<RegistryPath, { kind: 'referrers' }>;

/** How registries answer that do not know the API; those that do have a list for any digest. */
const WITHOUT_API = new Set([400, 404, 405, 501]);

/**
 * What refers to a manifest: the upstream's answer, where it lacks the API what its fallback tag
 * says, and while it is ill what it said last.
 * @throws RegistryError
 */
export function respondWithReferrers(
  context: UpstreamContext,
  request: RegistryRequest,
  path: ReferrersPath,
): Promise<RegistryResponse> {
  return respondWithList(context, request, {
    fetch: (asked) => fetchReferrers(context, asked, path),
    fallBack: async (key) => context.lists.remembered(key) ?? tagHere(context, request, path),
  });
}

/** The fallback tag as it is remembered here; that nothing is known is not told as nothing being there. */
async function tagHere(
  context: UpstreamContext,
  request: RegistryRequest,
  path: ReferrersPath,
): Promise<Listing | undefined> {
  if (hasForeignCursor(request.target)) return undefined;
  const listing = await fetchFallbackTag(context, request, path).catch(() => undefined);
  const entries = listing && parseIndex(listing.bytes);
  return entries?.length ? listing : undefined;
}

async function fetchReferrers(
  context: UpstreamContext,
  request: RegistryRequest,
  path: ReferrersPath,
): Promise<Listing> {
  const reply = await askUpstream(context, request, 'GET', {});
  if (WITHOUT_API.has(reply.status)) {
    await discard(reply);
    return fetchFallbackTag(context, request, path);
  }
  if (reply.status !== 200) throw await upstreamError(reply, context.key, 'referrers');
  const listing = await readList(context, request, reply);
  // A page for people is the answer of some to every path that they do not know.
  const isIndex = parseIndex(listing.bytes) !== undefined;
  return isIndex ? listing : fetchFallbackTag(context, request, path);
}
