import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { waitAtMost } from '@registry-cache/runtime';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { RespondDeps } from './manifest-deps.ts';
import { type CacheStatus, manifestResponse, type StoredManifest } from './stored-manifest.ts';

/** A large blob takes seconds to hash. A client that asks for it meanwhile may get a damaged one. */
const CHECK_LIMIT_MS = 5_000;

/**
 * Responds with a manifest, once the blobs that it names are whole or not here. A client that pulls
 * a new manifest asks for its layers next, so this starts to fetch them. It does not after a HEAD,
 * which only looks, nor for a stored manifest, which the client may have already.
 */
export async function respondWithManifest(
  deps: RespondDeps,
  request: RegistryRequest,
  manifest: StoredManifest,
  status: CacheStatus,
): Promise<RegistryResponse> {
  const { repository } = request.path;
  const place = { upstreamId: deps.upstreamId, repository, digest: manifest.digest };
  // The audit log tells which client was given it first.
  const entered = request.isFromPeer ? undefined : deps.entered.take(place, status);
  // Nothing behind may repeat a late event. The edge tells a repeated `entered` by its HIT.
  const ownStatus = entered === 'late' ? { ...status, repeatMs: 0 } : status;
  const response = await checkedResponse(deps, request, manifest, ownStatus);
  if (request.method === 'GET' && status.cache === 'MISS') {
    deps.prefetch(repository, manifest);
  }
  if (entered === undefined) return response;
  const headers = { ...response.headers, [INTERNAL_HEADERS.audit.key]: entered };
  return { ...response, headers };
}

/** The response with a manifest, once the blobs that it names are whole or not here. */
export async function checkedResponse(
  { checkChildren }: Pick<RespondDeps, 'checkChildren'>,
  request: RegistryRequest,
  manifest: StoredManifest,
  status: CacheStatus,
): Promise<RegistryResponse> {
  // A disk that cannot be read must not cost a client the manifest.
  const checked = checkChildren(manifest.digest, manifest.bytes).catch(() => undefined);
  await waitAtMost(CHECK_LIMIT_MS, checked, () => undefined);
  return manifestResponse(manifest, request, status);
}
