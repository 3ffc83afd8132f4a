import { createReadStream } from 'node:fs';
import { INTERNAL_HEADERS, INTERNAL_PATHS } from '@registry-cache/domain';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { RepositoryScope } from '../fetch/blob-fetch.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { confirmBlob } from './confirm-blob.ts';

/**
 * A blob that is in the store. Where only another repository may have it so far, the upstream is
 * asked whether this one may too, and it is linked: no byte is fetched again. Undefined where it
 * is not here.
 * @throws RegistryError where the upstream does not give it to this repository.
 */
export async function respondFromStore(
  context: UpstreamContext,
  request: RegistryRequest,
  scope: RepositoryScope,
  digest: string,
): Promise<RegistryResponse | undefined> {
  const { store } = context;
  const { upstreamId, repository } = scope;
  const sizeBytes = await store.blobSize(digest);
  if (sizeBytes === undefined) return undefined;
  const isLinked = await store.hasLayer(upstreamId, repository, digest);
  if (!isLinked) {
    const saidBytes = await confirmBlob(context, scope, digest);
    if (saidBytes !== sizeBytes) {
      const isOdd = saidBytes !== undefined;
      if (isOdd && (await store.removeDamaged(digest))) context.onDamaged(digest);
      // Some other answer, such as a page of a portal, gives no leave: only a GET can.
      return undefined;
    }
    await store.linkLayer(upstreamId, repository, digest);
  }
  return storedResponse(context, request, digest, sizeBytes, isLinked ? 'HIT' : 'MISS');
}

function storedResponse(
  { store }: UpstreamContext,
  { method, canSendfile }: RegistryRequest,
  digest: string,
  sizeBytes: number,
  cache: string,
): RegistryResponse {
  if (canSendfile) {
    const file = `${INTERNAL_PATHS.stored.name}/${digest.replace(':', '/')}`;
    const headers = {
      [INTERNAL_HEADERS.accelRedirect.key]: file,
      [INTERNAL_HEADERS.cache.key]: cache,
    };
    return { status: 200, headers, body: undefined };
  }
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
    [INTERNAL_HEADERS.cache.key]: cache,
  };
  const body = method === 'HEAD' ? undefined : createReadStream(store.blobFile(digest));
  return { status: 200, headers, body };
}
