import { waitAtMost } from '@registry-cache/runtime';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { type CacheStatus, manifestResponse, type StoredManifest } from './stored-manifest.ts';

/** A large blob takes seconds to hash; a client that asks for it meanwhile may get a damaged one. */
const CHECK_LIMIT_MS = 5_000;

/**
 * Answers with a manifest, once what it names is whole or not here. Who pulls one that is new here asks for its layers next, so these are
 * fetched already. A HEAD only looks, and what is known here may be known to the client as well.
 */
export async function respondWithManifest(
  context: UpstreamContext,
  request: RegistryRequest,
  manifest: StoredManifest,
  status: CacheStatus,
): Promise<RegistryResponse> {
  // A disk that cannot be looked at costs nobody the manifest.
  const checked = context.childChecks
    .check(context, manifest.digest, manifest.bytes)
    .catch(() => undefined);
  await waitAtMost(CHECK_LIMIT_MS, checked, () => undefined);
  if (request.method === 'GET' && status.cache === 'MISS') {
    context.prefetcher.start(context, request.path.repository, manifest);
  }
  return manifestResponse(manifest, request, status);
}
