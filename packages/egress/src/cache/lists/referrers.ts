import { isDigest, type RegistryPath } from '@registry-cache/domain';
import { upstreamError } from '../../upstream/errors/upstream-error.ts';
import { statusOf } from '../../wire/errors/registry-error.ts';
import { hasForeignCursor } from '../../wire/http/cursor.ts';
import { discard } from '../../wire/transport/reply.ts';
import { askUpstream } from '../contract/ask-upstream.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { readBroughtReferrers, withReferrers } from './brought-referrers.ts';
import { fetchFallbackTag } from './fallback-tag.ts';
import { readList } from './fetch-list.ts';
import type { ReferrersDeps } from './list-deps.ts';
import type { RegistryList } from './list-memory.ts';
import { lacksReferrersApi } from './referrers-api.ts';
import { filteredIndex, parseIndex } from './referrers-index.ts';
import { listResponse, respondWithList } from './respond-with-list.ts';

type ReferrersPath = Extract<RegistryPath, { kind: 'referrers' }>;

/**
 * Responds with the referrers of a manifest. They come from the upstream's API, or from the
 * fallback tag if it lacks the API. Those that were pushed here are added. While the upstream does not answer, its last list is used.
 * @throws RegistryError
 */
export async function respondWithReferrers(
  deps: ReferrersDeps,
  request: RegistryRequest,
  path: ReferrersPath,
): Promise<RegistryResponse> {
  const brought = await readBroughtReferrers(deps, path.repository, path.digest);
  const response = respondWithList(deps, request, {
    fetch: async (asked) => {
      const list = await fetchReferrers(deps, asked, path);
      await noteReferrers(deps, path, list);
      await shareList(deps, asked, path, list);
      return list;
    },
    fallBack: async (key) =>
      deps.lists.known(key) ??
      (await sharedList(deps, request, path)) ??
      storedFallbackTag(deps, request, path),
    show: (list) => withReferrers(list, brought, request),
  });
  return response.catch((error: unknown) => {
    // The registry may not know an image that was pushed here.
    if (brought.length === 0 || statusOf(error) >= 500) throw error;
    return listResponse(filteredIndex(brought, request), request, 'STALE');
  });
}

/**
 * The stored fallback tag. Undefined if there is none: that does not mean that the registry has no
 * referrers.
 */
async function storedFallbackTag(
  deps: ReferrersDeps,
  request: RegistryRequest,
  path: ReferrersPath,
): Promise<RegistryList | undefined> {
  if (hasForeignCursor(request.target)) return undefined;
  const list = await fetchFallbackTag(deps, request, path).catch(() => undefined);
  const entries = list && parseIndex(list.bytes);
  return entries?.length ? list : undefined;
}

async function fetchReferrers(
  deps: ReferrersDeps,
  request: RegistryRequest,
  path: ReferrersPath,
): Promise<RegistryList> {
  const reply = await askUpstream(deps, request, 'GET', {});
  if (lacksReferrersApi(reply.status)) {
    await discard(reply);
    return fetchFallbackTag(deps, request, path);
  }
  if (reply.status !== 200) throw await upstreamError(reply, deps.key, 'referrers');
  const list = await readList(deps, request, reply);
  // Some registries send an HTML page for every path that they do not know.
  const isIndex = parseIndex(list.bytes) !== undefined;
  return isIndex ? list : fetchFallbackTag(deps, request, path);
}

/** Shares a whole list with other replicas. A page, or a part by type, is not shared. */
async function shareList(
  { upstreamId, referrerLists, onNotStored }: ReferrersDeps,
  { target }: RegistryRequest,
  { repository, digest: subject }: ReferrersPath,
  { headers, bytes }: RegistryList,
): Promise<void> {
  if (target.includes('?') || headers.link !== undefined) return;
  const reference = { upstreamId, repository, subject };
  await referrerLists
    .write(reference, bytes)
    .catch((error: unknown) => onNotStored(subject, error));
}

/** The list that some replica had; undefined where none is known. */
async function sharedList(
  { upstreamId, referrerLists }: ReferrersDeps,
  request: RegistryRequest,
  { repository, digest: subject }: ReferrersPath,
): Promise<RegistryList | undefined> {
  if (hasForeignCursor(request.target)) return undefined;
  const bytes = await referrerLists.read({ upstreamId, repository, subject });
  const entries = bytes && parseIndex(bytes);
  return entries && filteredIndex(entries, request);
}

/**
 * Notes the listed digests before a client reads them. It will request them next, and none of them
 * is here yet to name its subject.
 */
async function noteReferrers(
  { upstreamId, referrers, onNotStored }: ReferrersDeps,
  { repository, digest: subject }: ReferrersPath,
  { bytes }: RegistryList,
): Promise<void> {
  const digests = (parseIndex(bytes) ?? [])
    .map(({ digest }) => digest)
    .filter((digest) => typeof digest === 'string')
    .filter(isDigest);
  try {
    await referrers.add({ upstreamId, repository, subject }, digests);
  } catch (error) {
    onNotStored(subject, error);
  }
}
