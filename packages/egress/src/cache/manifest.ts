import { isDigest, type RegistryPath } from '@registry-cache/domain';
import type { RegistryRequest } from './contract/registry-request.ts';
import type { RegistryResponse } from './contract/registry-response.ts';
import { respondByDigest } from './manifests/respond-by-digest.ts';
import { respondByTag } from './tags/respond-by-tag.ts';
import type { UpstreamContext } from './upstream-context.ts';

type ManifestPath = Extract<RegistryPath, { kind: 'manifest' }>;

/**
 * A manifest is read whole and hashed before any of it is passed on, so its digest is always
 * known and always true; and what has come once is answered from the store.
 * @throws RegistryError, TransportError and others that mean the same.
 */
export function respondWithManifestOf(
  context: UpstreamContext,
  request: RegistryRequest,
  { repository, reference }: ManifestPath,
): Promise<RegistryResponse> {
  if (isDigest(reference)) return respondByDigest(context, request, repository, reference);
  const { upstreamId } = context;
  return respondByTag(context, request, { upstreamId, repository, tag: reference });
}
