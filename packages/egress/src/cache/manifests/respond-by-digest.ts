import { waitUnlessGone } from '@registry-cache/runtime';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { fetchManifestOnce, readManifest } from './manifest-cache.ts';
import type { ManifestDeps } from './manifest-deps.ts';
import { respondWithManifest } from './respond-with-manifest.ts';

/** A digest always names the same bytes. They may be repeated as long as they are in the store. */
export const REPEAT_MS = 10_000;

/**
 * Responds with a manifest by its digest. The client's `Accept` does not matter, since the upstream
 * could give nothing else for this digest.
 */
export async function respondByDigest(
  deps: ManifestDeps,
  request: RegistryRequest,
  repository: string,
  digest: string,
): Promise<RegistryResponse> {
  const stored = await readManifest(deps, repository, digest);
  if (stored !== undefined) {
    return respondWithManifest(deps, request, stored, { cache: 'HIT', repeatMs: REPEAT_MS });
  }
  const work = fetchManifestOnce(deps, repository, digest, request.accept);
  const manifest = await waitUnlessGone(work, request.signal);
  const repeatMs = manifest.isStorable ? REPEAT_MS : 0;
  const miss = { why: 'absent' } as const;
  return respondWithManifest(deps, request, manifest, { cache: 'MISS', repeatMs, miss });
}
