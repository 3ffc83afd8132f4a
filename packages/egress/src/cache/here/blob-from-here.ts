import type { RegistryPath } from '@registry-cache/domain';
import { storedBlobResponse } from '../blobs/stored-blob-response.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { HereDeps } from './here-deps.ts';
import { notHere } from './not-here.ts';

type BlobPath = Extract<RegistryPath, { kind: 'blob' }>;

/** Responds with a blob that this repository has and that is on disk. @throws RegistryError 403 */
export async function blobFromHere(
  { store, upstreamId, untilStored }: HereDeps,
  request: RegistryRequest,
  { repository, digest }: BlobPath,
  refusal: string,
): Promise<RegistryResponse> {
  await untilStored(digest);
  const isLinked = await store.hasLayer(upstreamId, repository, digest);
  const sizeBytes = isLinked ? await store.blobSize(digest) : undefined;
  if (sizeBytes === undefined) throw notHere(refusal);
  return storedBlobResponse(store, request, { digest, sizeBytes, cache: 'HIT' });
}
