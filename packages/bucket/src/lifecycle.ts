/** A rule of a bucket's lifecycle, as the S3 API has it. */
export interface LifecycleRule {
  readonly ID?: string | undefined;
}

const DAY_MS = 86_400_000;

/** The rule that deletes what was not renewed in time. S3 counts in whole days. */
export function buildExpiryRule(prefix: string, expireMs: number) {
  return {
    ID: ruleId(prefix),
    Status: 'Enabled' as const,
    Filter: { Prefix: prefix },
    Expiration: { Days: Math.max(1, Math.ceil(expireMs / DAY_MS)) },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  };
}

/** The ID of our rule. Other caches in the bucket have other prefixes. */
export function ruleId(prefix: string): string {
  return `registry-cache ${prefix || 'all'}`;
}

/** The rules of a bucket with ours in its place; undefined if it is there already. */
export function planLifecycle<Rule extends LifecycleRule>(
  found: readonly Rule[],
  wanted: Rule,
): Rule[] | undefined {
  const same = found.find(({ ID }) => ID === wanted.ID);
  if (same !== undefined && contains(same, wanted)) return undefined;
  return [...found.filter(({ ID }) => ID !== wanted.ID), wanted];
}

/** A server may add members of its own to a rule. */
function contains(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  return Object.entries(wanted).every(([name, value]) =>
    contains((found as Record<string, unknown> | null)?.[name], value),
  );
}
