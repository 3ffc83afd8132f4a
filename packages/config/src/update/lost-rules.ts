import type { Model } from '../model/build.ts';

/** How many rules each section of the policy file has; a section that is missing has no entry. */
export type RuleCounts = Readonly<Partial<Record<(typeof SECTIONS)[number], number>>>;

const SECTIONS = ['access', 'trust', 'admission'] as const;

export function countRules({
  access,
  trust,
  admission,
}: Pick<Model, 'access' | 'trust' | 'admission'>): RuleCounts {
  return {
    ...(access && { access: access.rules.length }),
    ...(trust && { trust: trust.length }),
    ...(admission && { admission: admission.length }),
  };
}

/** The sections that are no longer there, or that have fewer rules: `access: 3 rules before, none now`. */
export function findLostRules(before: RuleCounts, now: RuleCounts): string[] {
  return SECTIONS.flatMap((section) => {
    const [had, has] = [before[section], now[section]];
    if (had === undefined || (has !== undefined && has >= had)) return [];
    return [`${section}: ${had} before, ${has ?? 'none'} now`];
  });
}

/** Whether all rules of a section have ended with it. */
export function hasLostSection(before: RuleCounts, now: RuleCounts): boolean {
  return SECTIONS.some((section) => before[section] !== undefined && now[section] === undefined);
}

/**
 * Whether a policy may be the first part of one that is being written: it stops within a line. A
 * mapping in braces that parses is whole.
 */
export function mayBeCut(policy: string): boolean {
  return !policy.endsWith('\n') && !policy.trimStart().startsWith('{');
}
