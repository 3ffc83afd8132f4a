import { waitUnlessGone } from '@registry-cache/runtime';
import type { TagPlace } from '../../store/tags.ts';
import { RegistryError, statusOf } from '../../wire/errors/registry-error.ts';
import { Accepted } from '../../wire/http/accept.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { RegistryResponse } from '../contract/registry-response.ts';
import { respondWithManifest } from '../manifests/respond-with-manifest.ts';
import type { CacheStatus, StoredManifest } from '../manifests/stored-manifest.ts';
import { isGone, isRefused } from '../memory/check-backoff.ts';
import type { UpstreamContext } from '../upstream-context.ts';
import { checkTag, fetchTag } from './check-tag.ts';
import { type RememberedTag, readRememberedTag } from './remembered-tag.ts';
import { withSoftTimeout } from './soft-timeout.ts';
import { tiersOf } from './tiers.ts';

/**
 * A manifest by its tag. Within its time the tag's memory answers and nobody is asked. After it
 * the upstream is; where it is ill, what is here is served as stale, for as long as that lasts.
 */
export async function respondByTag(
  context: UpstreamContext,
  request: RegistryRequest,
  place: TagPlace,
): Promise<RegistryResponse> {
  const accepted = new Accepted(request.accept);
  const known = await readRememberedTag(context, place);
  if (known === undefined) return respondUnknown(context, request, place, accepted);
  const { manifest, status } = await current(context, request, place, known);
  if (accepted.takes(manifest.type)) return respondWithManifest(context, request, manifest, status);
  return respondOtherwise(context, request, place, accepted, manifest);
}

interface Found {
  readonly manifest: StoredManifest;
  readonly status: CacheStatus;
}

const STALE: CacheStatus = { cache: 'STALE', repeatMs: 0 };

async function respondUnknown(
  context: UpstreamContext,
  request: RegistryRequest,
  place: TagPlace,
  accepted: Accepted,
): Promise<RegistryResponse> {
  const manifest = await waitUnlessGone(fetchTag(context, place, accepted), request.signal);
  const isRemembered = manifest.isStorable && accepted.isUnchosen(manifest.type);
  const repeatMs = isRemembered ? tiersOf(context.tagRules)(place.tag).timeMs : 0;
  return respondWithManifest(context, request, manifest, { cache: 'MISS', repeatMs });
}

/** What the tag is, by memory or by asking. */
async function current(
  context: UpstreamContext,
  request: RegistryRequest,
  place: TagPlace,
  { manifest, restMs }: RememberedTag,
): Promise<Found> {
  if (restMs > 0) return { manifest, status: { cache: 'HIT', repeatMs: restMs } };
  const { timeMs: tierMs, graceMs } = tiersOf(context.tagRules)(place.tag);
  const { checkBackoff } = context;
  if (tierMs > 0 && checkBackoff.isPaused(place, context.now())) return stale(context, manifest);
  const check = checkTag(context, place, manifest);
  try {
    // A tag that is never remembered is always waited for, and so is what may be refused again.
    const mustWait = tierMs === 0 || checkBackoff.wasRefused(place);
    // The check goes on, and what it finds is for the next one.
    if (!mustWait && restMs > -graceMs) return { manifest, status: { cache: 'HIT', repeatMs: 0 } };
    const outcome = mustWait ? check : withSoftTimeout(context, check);
    const now = await waitUnlessGone(outcome, request.signal);
    if (now === undefined) return stale(context, manifest);
    return { manifest: now, status: { cache: 'MISS', repeatMs: tierMs } };
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (endsMemory(context, error)) throw error;
    return stale(context, manifest);
  }
}

function stale(context: UpstreamContext, manifest: StoredManifest): Found {
  context.onStale();
  return { manifest, status: STALE };
}

/** Whether the upstream has spoken; else it is ill, and what it said of the tag once still counts. */
function endsMemory({ tagRules }: UpstreamContext, failure: unknown): boolean {
  if (isRefused(failure)) return tagRules.refused === 'fail';
  if (isGone(failure)) return tagRules.deleted === 'drop';
  if (!(failure instanceof RegistryError) || failure.phase === 'page') return false;
  return failure.status < 500 && failure.status !== 429;
}

/**
 * The client does not take what the tag is here. The upstream may have something else for it,
 * which is passed on and not remembered; when it is ill, what is here is better than nothing.
 */
async function respondOtherwise(
  context: UpstreamContext,
  request: RegistryRequest,
  place: TagPlace,
  accepted: Accepted,
  manifest: StoredManifest,
): Promise<RegistryResponse> {
  try {
    const other = await waitUnlessGone(fetchTag(context, place, accepted), request.signal);
    return respondWithManifest(context, request, other, { cache: 'MISS', repeatMs: 0 });
  } catch (error) {
    if (request.signal.aborted || statusOf(error) < 500) throw error;
    return respondWithManifest(context, request, manifest, stale(context, manifest).status);
  }
}
