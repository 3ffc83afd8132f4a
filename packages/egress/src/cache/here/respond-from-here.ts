import { isDigest } from '@registry-cache/domain';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { blobFromHere } from './blob-from-here.ts';
import type { HereDeps } from './here-deps.ts';
import { manifestFromHere, tagFromHere } from './manifest-from-here.ts';
import { referrersFromHere } from './referrers-from-here.ts';
import { tagsFromHere } from './tags-from-here.ts';

/**
 * Responds to a caller who may pull and not fetch. Here is what this repository is linked to and
 * what is on disk. What others are fetching is not here yet.
 * @param refusal the message for everything else.
 * @throws RegistryError 403 for what is not here; an error of the disk.
 */
export async function respondFromHere(
  deps: HereDeps,
  request: RegistryRequest,
  refusal: string,
): Promise<RegistryResponse> {
  const { path } = request;
  if (path.kind === 'blob') return blobFromHere(deps, request, path, refusal);
  if (path.kind === 'tags') return tagsFromHere(deps, request, refusal);
  if (path.kind === 'referrers') return referrersFromHere(deps, request, path, refusal);
  const { repository, reference } = path;
  const { upstreamId } = deps;
  return isDigest(reference)
    ? manifestFromHere(deps, request, repository, reference, refusal)
    : tagFromHere(deps, request, { upstreamId, repository, tag: reference }, refusal);
}
