import type { TagReference } from '../../store/tags.ts';
import { Accepted } from '../../wire/http/accept.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { readManifest } from '../manifests/manifest-cache.ts';
import { REPEAT_MS } from '../manifests/respond-by-digest.ts';
import { checkedResponse } from '../manifests/respond-with-manifest.ts';
import { planPinned } from '../tags/plan-pinned.ts';
import { readRememberedTag } from '../tags/remembered-tag.ts';
import type { HereDeps } from './here-deps.ts';
import { notHere } from './not-here.ts';

/** Responds with a stored manifest by its digest. @throws RegistryError 403 */
export async function manifestFromHere(
  deps: HereDeps,
  request: RegistryRequest,
  repository: string,
  digest: string,
  refusal: string,
): Promise<RegistryResponse> {
  const manifest = await readManifest(deps, repository, digest);
  if (manifest === undefined) throw notHere(refusal);
  return checkedResponse(deps, request, manifest, { cache: 'HIT', repeatMs: REPEAT_MS });
}

/**
 * Responds with the stored manifest of a tag, whatever its age: `HIT` within the tag's time, else
 * `STALE`. To a client that does not accept its type, it is better than nothing.
 * @throws RegistryError 403
 */
export async function tagFromHere(
  deps: HereDeps,
  request: RegistryRequest,
  reference: TagReference,
  refusal: string,
): Promise<RegistryResponse> {
  const pinned = await planPinned(deps, reference);
  if ('digest' in pinned) {
    return manifestFromHere(deps, request, reference.repository, pinned.digest, refusal);
  }
  const remembered = await readRememberedTag(deps, reference);
  if (remembered === undefined) throw notHere(refusal);
  const { manifest, restMs } = remembered;
  // Others may repeat only what they would get themselves.
  const isCurrent = restMs > 0 && new Accepted(request.accept).accepts(manifest.type);
  return checkedResponse(
    deps,
    request,
    manifest,
    isCurrent ? { cache: 'HIT', repeatMs: restMs } : { cache: 'STALE', repeatMs: 0 },
  );
}
