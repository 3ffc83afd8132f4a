import { compileNames } from './callers.ts';
import type { Caller } from './policy.ts';

/**
 * Finds all groups of a caller. A claim never fills a group of the policy.
 * @param groups the policy's groups, each with names and globs.
 */
export function compileGroups(
  groups: Readonly<Record<string, readonly string[]>>,
): (caller: Caller) => ReadonlySet<string> {
  const members = Object.entries(groups).map(
    ([group, users]) => [group, compileNames(users)] as const,
  );
  return ({ user, groups: claimed }) => {
    const all = new Set(claimed.filter((group) => !Object.hasOwn(groups, group)));
    if (user === undefined) return all;
    for (const [group, isMember] of members) if (isMember(user)) all.add(group);
    return all;
  };
}
