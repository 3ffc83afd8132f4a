import { isDigest, type RegistryPath } from '@registry-cache/domain';
import { statusOf } from '../wire/errors/registry-error.ts';
import { respondWithBlob } from './blobs/respond-with-blob.ts';
import type { RegistryRequest } from './contract/registry-request.ts';
import type { RegistryResponse } from './contract/registry-response.ts';
import { isNotHere } from './here/not-here.ts';
import { knownReferrersFromHere } from './here/referrers-from-here.ts';
import { respondFromHere } from './here/respond-from-here.ts';
import { respondFromOwner } from './here/respond-from-owner.ts';
import { isLastWord, toTagError } from './here/while-offline.ts';
import { respondWithReferrers } from './lists/referrers.ts';
import { respondWithTags } from './lists/tags.ts';
import { respondByDigest } from './manifests/respond-by-digest.ts';
import { respondByTag } from './tags/respond-by-tag.ts';
import type { UpstreamContext } from './upstream-context.ts';

/**
 * Responds to a request, from the store or from the upstream. A manifest is read whole and hashed
 * before any of it is passed on. So its digest is always known and true.
 * @throws RegistryError of the upstream, or an error of the disk.
 */
export async function respond(
  context: UpstreamContext,
  request: RegistryRequest,
): Promise<RegistryResponse> {
  const { path, noFetch } = request;
  const { upstreamId } = context;
  if (path.kind === 'blob' && !(await isHeadOfLinked(context, request, path))) {
    await context.entrance.admitBlob(path.repository, path.digest);
  }
  if (noFetch !== undefined) return respondWithStored(context, request, noFetch);
  if (path.kind === 'blob') return respondWithBlob(context, request, path);
  if (path.kind === 'tags') return respondWithTags(context, request);
  if (path.kind === 'referrers') return respondWithKnownReferrers(context, request, path);
  const { repository, reference } = path;
  if (isDigest(reference)) return respondByDigest(context, request, repository, reference);
  const byTag = respondByTag(context, request, { upstreamId, repository, tag: reference });
  return byTag.catch(async (error: unknown) => {
    throw await toTagError(context, error, path);
  });
}

/**
 * Whether a client asks if a layer is here that this repository may serve. docker does so after each
 * upload, when no manifest names the layer yet, and before it for layers of images that wait. So it
 * holds where somebody may push. The answer has no bytes of the layer.
 */
async function isHeadOfLinked(
  { store, upstreamId, mayBePushed }: UpstreamContext,
  { method }: RegistryRequest,
  { repository, digest }: Extract<RegistryPath, { kind: 'blob' }>,
): Promise<boolean> {
  if (method !== 'HEAD' || !mayBePushed(repository)) return false;
  if (!(await store.hasLayer(upstreamId, repository, digest))) return false;
  return (await store.blobSize(digest)) !== undefined;
}

/**
 * Responds to a caller who may not fetch: from this store, else from that of the replica that the
 * content belongs to.
 */
async function respondWithStored(
  context: UpstreamContext,
  request: RegistryRequest,
  refusal: string,
): Promise<RegistryResponse> {
  try {
    return await respondFromHere(context, request, refusal);
  } catch (error) {
    if (!isNotHere(error)) throw error;
    const found = await respondFromOwner(context, request, refusal);
    if (found === undefined) throw error;
    return found;
  }
}

/** While the upstream does not answer, and no list of it is known, those that are here are listed. */
async function respondWithKnownReferrers(
  context: UpstreamContext,
  request: RegistryRequest,
  path: Extract<RegistryPath, { kind: 'referrers' }>,
): Promise<RegistryResponse> {
  try {
    return await respondWithReferrers(context, request, path);
  } catch (error) {
    const status = statusOf(error);
    const isAway = status >= 500 || status === 429;
    if (!isAway) throw error;
    const { repository, digest } = path;
    const isWhole = await isLastWord(context, error, repository, digest);
    const known = await knownReferrersFromHere(context, request, path, isWhole);
    if (known === undefined) throw error;
    return known;
  }
}
