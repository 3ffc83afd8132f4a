import { parseDuration, type TagRules, type TagTier } from '@registry-cache/domain';
import type { TagPolicy } from '../policy/schema.ts';
import type { Settings } from '../settings/table.ts';
import { FULL_VERSION_REGEX, VERSION_REGEX } from '../settings/tables/tags.ts';

/**
 * Signatures and referrers have the digest of their image as their tag. It looks like a version, but
 * more of them are added at any time.
 * Source: OCI distribution specification 1.1, "Referrers Tag Schema"; cosign's `.sig` and `.att`.
 */
const COMPANION_REGEX = 'sha(256|512)-[a-f0-9]{32}';

type TierPolicy = TagPolicy['primary'];

/** The tiers of an upstream's tags: from its policy, and else from the settings. */
export function buildTagRules(settings: Settings, policy: TagPolicy = {}): TagRules {
  const { whileChecking = 'wait', deleted = 'drop', refused = 'fail' } = policy;
  const after = { whileChecking, deleted, refused };
  if (!(policy.enabled ?? settings.ENABLE_MANIFEST_CACHE)) {
    return { tiers: [], defaultMs: 0, ...after };
  }
  const tier = (given: TierPolicy, regex: string, timeMs: number): TagTier => ({
    regex: given?.regex ?? regex,
    timeMs: toMs(given?.time, timeMs),
  });
  const defaultMs = toMs(policy.default, settings.MANIFEST_CACHE_DEFAULT_TIME);
  const tiers = [
    { regex: policy.never ?? settings.MANIFEST_CACHE_NEVER_REGEX, timeMs: 0 },
    { regex: COMPANION_REGEX, timeMs: defaultMs },
    tier(
      policy.primary,
      settings.MANIFEST_CACHE_PRIMARY_REGEX,
      settings.MANIFEST_CACHE_PRIMARY_TIME,
    ),
    tier(
      policy.secondary,
      settings.MANIFEST_CACHE_SECONDARY_REGEX,
      settings.MANIFEST_CACHE_SECONDARY_TIME,
    ),
    ...movingVersions(settings, policy, defaultMs),
  ].filter(({ regex }) => regex !== '');
  return { tiers, defaultMs, ...after };
}

/**
 * A tier for versions that are not releases, such as `22.04`. They are remembered like any other
 * tag, but pulled so often that no pull should wait for the check. It applies only while the
 * operator has not said which tags are versions.
 */
function movingVersions(
  settings: Settings,
  { secondary, whileChecking }: TagPolicy,
  defaultMs: number,
): readonly TagTier[] {
  const regex = secondary?.regex ?? settings.MANIFEST_CACHE_SECONDARY_REGEX;
  if (regex !== FULL_VERSION_REGEX || whileChecking !== undefined) return [];
  return [{ regex: VERSION_REGEX, timeMs: defaultMs, graceMs: defaultMs }];
}

/** The policy has been checked, so its durations parse. */
function toMs(given: string | undefined, otherwiseMs: number): number {
  const parsed = given === undefined ? undefined : parseDuration('', given);
  return parsed?.ok === true ? parsed.value : otherwiseMs;
}
