import type { OperatorRules } from '@registry-cache/domain';
import { ANONYMOUS } from '../callers.ts';
import { findIdleUsersAt } from './find-idle-names.ts';
import type { IdlePart } from './idle-part.ts';

/**
 * Finds operators that nobody is.
 * @param users all users; undefined where issuers may name more of them.
 */
export function findIdleOperators(
  { admin, view, groups, hasLogins }: OperatorRules,
  users: readonly string[] | undefined,
): IdlePart[] {
  const policy = { groups, hasLogins, default: [], rules: [], names: { aliases: {}, library: [] } };
  const named = view.filter((name) => name !== ANONYMOUS);
  return [
    ...findIdleUsersAt('admin', admin, policy, users),
    ...findIdleUsersAt('view', named, policy, users),
  ];
}
