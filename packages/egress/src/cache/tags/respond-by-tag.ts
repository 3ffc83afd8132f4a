import type { MissReason } from '@registry-cache/domain';
import { waitUnlessGone } from '@registry-cache/runtime';
import type { TagReference } from '../../store/tags.ts';
import { RegistryError, statusOf } from '../../wire/errors/registry-error.ts';
import { Accepted } from '../../wire/http/accept.ts';
import type { RegistryRequest } from '../contract/registry-request.ts';
import type { MissNote, RegistryResponse } from '../contract/registry-response.ts';
import { isRefusedHere } from '../entrance/is-refused-here.ts';
import { respondByDigest } from '../manifests/respond-by-digest.ts';
import { respondWithManifest } from '../manifests/respond-with-manifest.ts';
import type { CacheStatus, StoredManifest } from '../manifests/stored-manifest.ts';
import { isGone, isRefused } from './check-backoff.ts';
import { checkTag, fetchTag } from './check-tag.ts';
import { planPinned } from './plan-pinned.ts';
import { type RememberedTag, readRememberedTag } from './remembered-tag.ts';
import { withSoftTimeout } from './soft-timeout.ts';
import type { TagDeps } from './tag-deps.ts';
import { tiersOf } from './tiers.ts';

/**
 * Responds with a manifest by its tag. Within the tag's time the store answers, without a request
 * to the upstream. After it the upstream is asked. While the upstream does not answer, the stored
 * manifest is served as stale. A tag that a pin has frozen is served by the pin's digest.
 */
export async function respondByTag(
  allDeps: TagDeps,
  request: RegistryRequest,
  reference: TagReference,
): Promise<RegistryResponse> {
  const pinned = await planPinned(allDeps, reference);
  if ('digest' in pinned) {
    return respondByDigest(allDeps, request, reference.repository, pinned.digest);
  }
  const deps = { ...allDeps, tagRules: pinned.rules };
  const accepted = new Accepted(request.accept);
  const remembered = await readRememberedTag(deps, reference);
  if (remembered === undefined) return respondWithNewTag(deps, request, reference, accepted);
  const { manifest, status } = await current(deps, request, reference, remembered);
  if (accepted.accepts(manifest.type)) return respondWithManifest(deps, request, manifest, status);
  return respondWithOtherType(deps, request, reference, accepted, manifest);
}

interface Found {
  readonly manifest: StoredManifest;
  readonly status: CacheStatus;
}

const STALE: CacheStatus = { cache: 'STALE', repeatMs: 0 };
/** Peers tell ages in whole seconds, rounded up. */
const ROUNDED_MS = 1_000;

async function respondWithNewTag(
  deps: TagDeps,
  request: RegistryRequest,
  reference: TagReference,
  accepted: Accepted,
): Promise<RegistryResponse> {
  const manifest = await waitUnlessGone(fetchTag(deps, reference, accepted), request.signal);
  const isRemembered = manifest.isStorable && accepted.isSameForAll(manifest.type);
  const { timeMs } = tiersOf(deps.tagRules)(reference.tag);
  const { confirmedMsAgo = 0 } = manifest;
  const repeatMs = isRemembered ? timeMs - confirmedMsAgo : 0;
  const miss = { why: 'absent' } as const;
  const status = { cache: 'MISS', repeatMs, confirmedMsAgo, miss } as const;
  return respondWithManifest(deps, request, manifest, status);
}

/** The tag's current manifest: from the store within its time, else by asking the upstream. */
async function current(
  deps: TagDeps,
  request: RegistryRequest,
  reference: TagReference,
  { manifest, restMs }: RememberedTag,
): Promise<Found> {
  const { timeMs: tierMs, graceMs } = tiersOf(deps.tagRules)(reference.tag);
  const confirmedMsAgo = tierMs - restMs;
  if (restMs > 0) return { manifest, status: { cache: 'HIT', repeatMs: restMs, confirmedMsAgo } };
  const { checkBackoff } = deps;
  if (tierMs > 0 && checkBackoff.isPaused(reference, deps.now())) {
    return stale(deps, manifest, confirmedMsAgo, { why: 'paused' });
  }
  const check = checkTag(deps, reference, manifest);
  try {
    // Two kinds of tags always wait for the check: those that are never remembered, and those
    // that the upstream refused last time.
    const mustWait = tierMs === 0 || checkBackoff.wasRefused(reference);
    // Within the grace period the check goes on, and its result is for the next client.
    if (!mustWait && restMs > -graceMs) {
      return { manifest, status: { cache: 'HIT', repeatMs: 0, confirmedMsAgo } };
    }
    const outcome = mustWait ? check : withSoftTimeout(deps, check);
    const checked = await waitUnlessGone(outcome, request.signal);
    const slow = { why: 'slow-check' } as const;
    if (checked === undefined) return stale(deps, manifest, confirmedMsAgo, slow);
    const agoMs = checked.confirmedMsAgo ?? 0;
    // A peer could not ask either.
    if (agoMs > Math.max(tierMs, ROUNDED_MS)) return stale(deps, checked, agoMs, slow);
    const repeatMs = tierMs - agoMs;
    const isSame = checked.digest === manifest.digest;
    const miss = { why: whyChecked(tierMs, isSame) };
    return { manifest: checked, status: { cache: 'MISS', repeatMs, confirmedMsAgo: agoMs, miss } };
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (endsMemory(deps, error)) throw error;
    return stale(deps, manifest, confirmedMsAgo, failedCheck(error));
  }
}

function whyChecked(tierMs: number, isSame: boolean): MissReason {
  if (!isSame) return 'tag-changed';
  return tierMs === 0 ? 'tag-always' : 'tag-expired';
}

function failedCheck(error: unknown): MissNote {
  return { why: 'check-failed', error: error instanceof Error ? error.message : String(error) };
}

function stale(
  deps: TagDeps,
  manifest: StoredManifest,
  confirmedMsAgo: number,
  miss: MissNote,
): Found {
  deps.onStale();
  // A time of confirmation in the future comes from a wrong clock.
  return { manifest, status: { ...STALE, confirmedMsAgo: Math.max(confirmedMsAgo, 0), miss } };
}

/**
 * Whether the failure is the upstream's word on the tag. Otherwise the upstream is in trouble, and
 * its last word still counts. So does the last manifest that was admitted here.
 */
function endsMemory({ tagRules }: TagDeps, failure: unknown): boolean {
  if (isRefusedHere(failure)) return false;
  if (isRefused(failure)) return tagRules.refused === 'fail';
  if (isGone(failure)) return tagRules.deleted === 'drop';
  if (!(failure instanceof RegistryError) || failure.phase === 'page') return false;
  return failure.status < 500 && failure.status !== 429;
}

/**
 * Responds to a client that does not accept the type of the stored manifest. The upstream may have
 * another type for it, which is passed on and not remembered. If the upstream does not answer, the
 * stored manifest is better than nothing.
 */
async function respondWithOtherType(
  deps: TagDeps,
  request: RegistryRequest,
  reference: TagReference,
  accepted: Accepted,
  manifest: StoredManifest,
): Promise<RegistryResponse> {
  try {
    const other = await waitUnlessGone(fetchTag(deps, reference, accepted), request.signal);
    const miss = { why: 'other-type' } as const;
    return respondWithManifest(deps, request, other, { cache: 'MISS', repeatMs: 0, miss });
  } catch (error) {
    const isFinal = statusOf(error) < 500 && !isRefusedHere(error);
    if (request.signal.aborted || isFinal) throw error;
    const { status } = stale(deps, manifest, 0, failedCheck(error));
    return respondWithManifest(deps, request, manifest, status);
  }
}
