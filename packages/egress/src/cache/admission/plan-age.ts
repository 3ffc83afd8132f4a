import type { AdmissionRule } from '@registry-cache/domain';

export interface AgePlan {
  readonly rule: AdmissionRule;
  /** Since when the digest is known here. Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Whether it was not known before. */
  readonly isNew: boolean;
  /** Why it has to wait; undefined if it is old enough. */
  readonly reason: string | undefined;
}

/**
 * Whether a digest is old enough for the strictest rule. Undefined where no rule asks for an age.
 * @param firstMs when it was first seen, if it was.
 */
export function planAge(
  rules: readonly AdmissionRule[],
  { firstMs, nowMs, hasTag }: { firstMs: number | undefined; nowMs: number; hasTag: boolean },
): AgePlan | undefined {
  const rule = rules.reduce<AdmissionRule | undefined>(
    (strictest, one) => (ageOf(one) > ageOf(strictest) ? one : strictest),
    undefined,
  );
  if (rule === undefined) return undefined;
  // A time in the future comes from a wrong clock, and would keep the image out for too long.
  const isNew = firstMs === undefined || firstMs > nowMs;
  const sinceMs = isNew ? nowMs : firstMs;
  const fromMs = sinceMs + ageOf(rule);
  if (fromMs <= nowMs) return { rule, sinceMs, isNew, reason: undefined };
  const where = hasTag ? 'under this tag' : 'here';
  const reason = `it was first seen ${where} at ${format(sinceMs)}, and is admitted from ${format(fromMs)} on (admission rule ${rule.number})`;
  return { rule, sinceMs, isNew, reason };
}

function ageOf(rule: AdmissionRule | undefined): number {
  return rule?.minimumAgeMs ?? 0;
}

/** The next whole second, so that the image is admitted at that time. */
function format(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
