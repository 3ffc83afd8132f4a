import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { RepositoryScope } from '../fetch/repository-scope.ts';
import type { BlobDeps, ConfirmDeps } from './blob-deps.ts';
import { confirmBlob } from './confirm-blob.ts';
import { storedBlobResponse } from './stored-blob-response.ts';

type StoreDeps = ConfirmDeps & Pick<BlobDeps, 'store' | 'onDamaged'>;

/**
 * Responds with a blob from the store; undefined if it is not there. If only other repositories
 * are linked to the blob, the upstream is asked whether this one may have it. Then it is linked as
 * well, and no byte is fetched again.
 * @throws RegistryError if the upstream refuses the blob to this repository.
 */
export async function respondFromStore(
  deps: StoreDeps,
  request: RegistryRequest,
  scope: RepositoryScope,
  digest: string,
): Promise<RegistryResponse | undefined> {
  const { store, onDamaged } = deps;
  const { upstreamId, repository } = scope;
  const sizeBytes = await store.blobSize(digest);
  if (sizeBytes === undefined) return undefined;
  const isLinked = await store.hasLayer(upstreamId, repository, digest);
  if (!isLinked) {
    const upstreamBytes = await confirmBlob(deps, scope, digest);
    if (upstreamBytes !== sizeBytes) {
      const isOdd = upstreamBytes !== undefined;
      if (isOdd && (await store.removeDamaged(digest))) onDamaged(digest);
      // Another reply, such as a portal's page, permits nothing: only a GET can tell.
      return undefined;
    }
    await store.linkLayer(upstreamId, repository, digest);
  }
  const stored = { digest, sizeBytes, cache: isLinked ? 'HIT' : 'MISS' } as const;
  const response = storedBlobResponse(store, request, stored);
  return isLinked ? response : { ...response, miss: { why: 'not-linked' } };
}
