import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import { DigestMismatchError } from '../../wire/body/verify.ts';
import { discard, replyHeader } from '../../wire/transport/reply.ts';
import type { AskDeps, PassOnDeps } from '../blobs/blob-deps.ts';
import { respondWithBlobHead } from '../blobs/blob-head.ts';
import { respondWithBlobRange } from '../blobs/blob-range.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import type { Entrance } from '../entrance/entrance.ts';
import { getManifest } from '../manifests/ask-manifest.ts';
import { manifestResponse } from '../manifests/stored-manifest.ts';
import { notHere } from './not-here.ts';

interface OwnerDeps extends PassOnDeps {
  readonly client: Pick<UpstreamClient, 'fetch' | 'distrust' | 'fetchStored'>;
  readonly entrance: Pick<Entrance, 'isGuarded'>;
}

/**
 * Responds to a caller who may not fetch with what the owner has in its store. It is passed on and
 * not stored here, so that such a caller evicts nothing. Lists come from here alone, since this
 * replica knows what the caller may see of them. So do images of repositories with rules of trust
 * and admission, since this replica could only check new ones by asking the registry.
 * @returns undefined if no owner is asked.
 * @throws RegistryError 403 if the owner does not have it, or gives no answer.
 */
export async function respondFromOwner(
  deps: OwnerDeps,
  request: RegistryRequest,
  refusal: string,
): Promise<RegistryResponse | undefined> {
  const { path } = request;
  const { fetchStored } = deps.client;
  if (path.kind === 'tags' || path.kind === 'referrers') return undefined;
  if (fetchStored === undefined || deps.entrance.isGuarded(path.repository)) return undefined;
  let cache: 'HIT' | 'STALE' = 'HIT';
  const fetch: AskDeps['client']['fetch'] = async (asked) => {
    const reply = await fetchStored(asked, refusal);
    if (reply === undefined) throw notHere(refusal);
    if (reply.status !== 200 && reply.status !== 206) {
      await discard(reply);
      throw notHere(refusal);
    }
    if (replyHeader(reply, INTERNAL_HEADERS.cache.key) === 'STALE') cache = 'STALE';
    return reply;
  };
  const ofOwner = { ...deps, client: { ...deps.client, fetch } };
  if (path.kind === 'manifest') {
    const manifest = await getManifest(ofOwner, { ...path, accept: request.accept });
    return manifestResponse(manifest, request, { cache, repeatMs: 0 });
  }
  const response =
    request.method === 'HEAD'
      ? await respondWithBlobHead(ofOwner, request)
      : await respondWithBlobRange(ofOwner, request, path.digest);
  const headers = { ...response.headers, [INTERNAL_HEADERS.cache.key]: cache };
  const distrust = () => void deps.client.distrust(request.target);
  return { ...response, headers, body: response.body && watchDigest(response.body, distrust) };
}

/** Passes a body on, and reports that it had another digest. */
async function* watchDigest(
  chunks: AsyncIterable<Uint8Array>,
  onMismatch: () => void,
): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    if (error instanceof DigestMismatchError) onMismatch();
    throw error;
  }
}
