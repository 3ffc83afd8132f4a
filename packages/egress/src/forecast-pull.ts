import { isDigest, type PullForecast, type TagRules } from '@registry-cache/domain';
import type { CheckBackoff } from './cache/tags/check-backoff.ts';
import { type NextPullFacts, planNextPull, type TagFacts } from './cache/tags/plan-next-pull.ts';
import { tiersOf } from './cache/tags/tiers.ts';
import { type CheckForecastDeps, forecastChecks } from './forecast-checks.ts';
import { type ContentStore, openContentStore } from './store/content-store.ts';
import { openRevisionStore, type RevisionStore } from './store/manifests.ts';
import { openPinStore, type PinStore } from './store/pins.ts';
import { openTagStore, type TagRecord, type TagStore } from './store/tags.ts';

/** An image as it is named here. */
export interface AskedImage {
  readonly upstreamId: string;
  /** The upstream's name. */
  readonly key: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
}

export interface PullForecastDeps extends CheckForecastDeps {
  readonly tags: Pick<TagStore, 'read'>;
  readonly pins: Pick<PinStore, 'find'>;
  readonly revisions: Pick<RevisionStore, 'has'>;
  readonly store: Pick<ContentStore, 'blobSize'>;
  readonly checkBackoff: Pick<CheckBackoff, 'pausedUntilMs'>;
  readonly tagRules: TagRules;
  readonly upstream: NextPullFacts['upstream'];
  readonly repeated?: NextPullFacts['repeated'];
}

/** Tells what the next pull of an image would do. It asks nobody, and changes nothing. */
export async function forecastPull(
  deps: PullForecastDeps,
  asked: AskedImage,
): Promise<PullForecast> {
  const { key, upstreamId, repository, reference } = asked;
  const { nowMs, upstream, repeated } = deps;
  const tag = isDigest(reference) ? undefined : await readTagFacts(deps, asked);
  const digest = tag === undefined ? reference : digestOf(tag);
  const isHere =
    digest !== undefined &&
    (await deps.revisions.has(upstreamId, repository, digest)) &&
    (await deps.store.blobSize(digest)) !== undefined;
  const parts = tag === undefined ? { tag: undefined, digest } : { tag: reference };
  return {
    next: planNextPull({ key, upstream, tag, isHere, repeated, nowMs }),
    ...(tag?.record !== undefined && { tag: describeMemory(tag.record, tag) }),
    checks: await forecastChecks(deps, {
      upstreamId,
      key,
      repository,
      digest: undefined,
      ...parts,
    }),
  };
}

/** The same from the files alone, without a running egress: no upstream is known to be down. */
export function forecastFromStore(
  deps: CheckForecastDeps & Pick<PullForecastDeps, 'tagRules' | 'upstream'>,
  asked: AskedImage,
): Promise<PullForecast> {
  const { storeRoot } = deps;
  return forecastPull(
    {
      ...deps,
      tags: openTagStore(storeRoot),
      pins: openPinStore(storeRoot, { onBrokenPin: () => undefined }),
      revisions: openRevisionStore(storeRoot),
      store: openContentStore(storeRoot),
      checkBackoff: { pausedUntilMs: () => undefined },
    },
    asked,
  );
}

async function readTagFacts(
  { tags, pins, checkBackoff, tagRules }: PullForecastDeps,
  { upstreamId, repository, reference: tag }: AskedImage,
): Promise<TagFacts> {
  const reference = { upstreamId, repository, tag };
  return {
    pin: await pins.find(reference),
    record: await tags.read(reference),
    tier: tiersOf(tagRules)(tag),
    pausedUntilMs: checkBackoff.pausedUntilMs(reference),
  };
}

function digestOf({ pin, record }: TagFacts): string | undefined {
  return pin?.kind === 'frozen' ? pin.digest : record?.digest;
}

function describeMemory({ digest, confirmedAtMs }: TagRecord, { tier }: TagFacts) {
  const { timeMs } = tier;
  const freshUntilMs = timeMs === 0 ? undefined : confirmedAtMs + timeMs;
  return { digest, checkedMs: confirmedAtMs, freshUntilMs };
}
