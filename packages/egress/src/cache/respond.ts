import { toRegistryError } from '../upstream/errors/upstream-error.ts';
import { respondWithBlob } from './blobs/respond-with-blob.ts';
import type { RegistryRequest } from './contract/registry-request.ts';
import type { RegistryResponse } from './contract/registry-response.ts';
import { respondWithReferrers } from './lists/referrers.ts';
import { respondWithTags } from './lists/tags.ts';
import { respondWithManifestOf } from './manifest.ts';
import type { UpstreamContext } from './upstream-context.ts';

/**
 * The upstream's answer to a question. This is the door's inside: what is to be shared,
 * remembered or limited stands between the server and this.
 * @throws RegistryError, and nothing else.
 */
export async function respond(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  const { path } = request;
  try {
    if (path.kind === 'manifest') return await respondWithManifestOf(context, request, path);
    if (path.kind === 'blob') return await respondWithBlob(context, request, path);
    if (path.kind === 'referrers') return await respondWithReferrers(context, request, path);
    return await respondWithTags(context, request);
  } catch (error) {
    throw await toRegistryError(error, context.key);
  }
}
