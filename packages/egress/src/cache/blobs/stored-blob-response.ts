import { createReadStream } from 'node:fs';
import { INTERNAL_HEADERS, INTERNAL_PATHS } from '@registry-cache/domain';
import type { ContentStore } from '../../store/content-store.ts';
import { listsEtag } from '../../wire/http/if-none-match.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';

export interface StoredBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly cache: 'HIT' | 'MISS';
}

/**
 * The response with a blob that is in the store: 304 if the client has it already. The hot lane
 * sends the file by itself. The ETag is the digest, as the engine's is. So a client can combine
 * parts from egress with parts from the engine.
 */
export function storedBlobResponse(
  store: Pick<ContentStore, 'blobFile'>,
  { method, ifNoneMatch, canSendfile }: RegistryRequest,
  { digest, sizeBytes, cache }: StoredBlob,
): RegistryResponse {
  const own = {
    etag: `"${digest}"`,
    'docker-content-digest': digest,
    [INTERNAL_HEADERS.cache.key]: cache,
  };
  if (listsEtag(ifNoneMatch, own.etag)) return { status: 304, headers: own, body: undefined };
  if (canSendfile) {
    const file = `${INTERNAL_PATHS.stored.name}/${digest.replace(':', '/')}`;
    const headers = { ...own, [INTERNAL_HEADERS.accelRedirect.key]: file };
    return { status: 200, headers, body: undefined };
  }
  const headers = {
    ...own,
    'content-type': 'application/octet-stream',
    'content-length': String(sizeBytes),
  };
  const body = method === 'HEAD' ? undefined : createReadStream(store.blobFile(digest));
  return { status: 200, headers, body };
}
