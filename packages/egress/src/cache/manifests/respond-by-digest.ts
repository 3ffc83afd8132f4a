import { waitUnlessGone } from '@registry-cache/runtime';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { fetchManifestOnce, readManifest } from './manifest-cache.ts';
import { respondWithManifest } from './respond-with-manifest.ts';

/** A digest always names the same bytes, so only their being here limits how often they are repeated. */
const REPEAT_MS = 10_000;

/**
 * A manifest by its digest. What the client accepts is no question here: the upstream could give
 * nothing else.
 */
export async function respondByDigest(
  context: UpstreamContext,
  request: RegistryRequest,
  repository: string,
  digest: string,
): Promise<RegistryResponse> {
  const here = await readManifest(context, repository, digest);
  if (here !== undefined)
    return respondWithManifest(context, request, here, { cache: 'HIT', repeatMs: REPEAT_MS });
  const work = fetchManifestOnce(context, repository, digest, request.accept);
  const manifest = await waitUnlessGone(work, request.signal);
  const repeatMs = manifest.isStorable ? REPEAT_MS : 0;
  return respondWithManifest(context, request, manifest, { cache: 'MISS', repeatMs });
}
