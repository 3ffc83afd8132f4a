import type { AccessPolicy, AccessRule, Right } from '../policy.ts';
import { coversCallers } from './covers-callers.ts';
import type { Effort } from './glob-language.ts';
import type { IdlePart } from './idle-part.ts';
import { coversImages, type ImageLanguage } from './image-language.ts';

/** A rule without those of its images that nobody can ask for. */
export interface LiveRule {
  /** From 1. */
  readonly number: number;
  /** Below `access`. */
  readonly path: string;
  readonly rule: AccessRule;
  readonly images: readonly ImageLanguage[];
}

type Effect = 'allow' | 'deny';

/**
 * Finds rules of which no right can count: each is denied by a rule that speaks for the same images
 * and callers, or is repeated from an earlier one.
 */
export function findIdleRules(
  policy: AccessPolicy,
  rules: readonly LiveRule[],
  effort: Effort,
): IdlePart[] {
  return rules.flatMap((live) => {
    if (live.images.length === 0) return [];
    const causes = new Set<string>();
    for (const effect of ['allow', 'deny'] as const) {
      for (const right of live.rule[effect] ?? []) {
        const found = findCauses(live, effect, right);
        if (found === undefined) return [];
        for (const cause of found) causes.add(cause);
      }
    }
    const taken = `nothing: ${[...causes].join('; ')}`;
    return [{ path: live.path, found: `rule ${live.number}`, taken }];
  });

  /** Why a right of a rule cannot count for any of its images; undefined if it may. */
  function findCauses(live: LiveRule, effect: Effect, right: Right): string[] | undefined {
    const causes = live.images.map((image) => findCause(live, image, effect, right));
    return causes.every((cause) => cause !== undefined) ? causes : undefined;
  }

  function findCause(
    live: LiveRule,
    image: ImageLanguage,
    effect: Effect,
    right: Right,
  ): string | undefined {
    // A deny says more than an allow that is repeated.
    for (const other of [...rules.filter(({ rule }) => rule.deny !== undefined), ...rules]) {
      if (effort.left < 0) return undefined;
      const cause = causeBy(other, live, effect, right);
      if (cause !== undefined && covers(other, live, image)) return cause;
    }
    return undefined;
  }

  function covers(other: LiveRule, live: LiveRule, image: ImageLanguage): boolean {
    if (other === live) return true;
    return (
      other.images.some((one) => coversImages(one, image, effort)) &&
      coversCallers(policy, other.rule, live.rule, effort)
    );
  }
}

/** Why a rule that speaks for all of it would leave nothing to a right of another. */
function causeBy(
  { number, rule }: LiveRule,
  live: LiveRule,
  effect: Effect,
  right: Right,
): string | undefined {
  // Fetch is nothing without pull.
  const needed: readonly Right[] =
    effect === 'allow' && right === 'fetch' ? [right, 'pull'] : [right];
  const denied = needed.find((one) => rule.deny?.includes(one));
  if (effect === 'allow' && denied !== undefined) {
    return number === live.number
      ? `it denies ${denied} itself`
      : `rule ${number} denies ${denied}`;
  }
  if (number >= live.number || !rule[effect]?.includes(right)) return undefined;
  return `rule ${number} ${effect === 'allow' ? 'allows' : 'denies'} ${right} already`;
}
