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
 * @throws RegistryError of the upstream, or an error of the disk.
 */
export async function respond(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  const { path } = request;
  if (path.kind === 'manifest') return respondWithManifestOf(context, request, path);
  if (path.kind === 'blob') return respondWithBlob(context, request, path);
  if (path.kind === 'referrers') return respondWithReferrers(context, request, path);
  return respondWithTags(context, request);
}
