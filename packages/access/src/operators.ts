import type { OperatorRules } from '@registry-cache/domain';
import { compileUsers } from './callers.ts';
import { compileGroups } from './groups.ts';
import type { Caller } from './policy.ts';

/** The rights of a caller of the admin API. `admin` includes `view`. */
export type OperatorRight = 'view' | 'admin';

/** Compiles who may use the admin API. Who is not named may do nothing. */
export function compileOperators(
  rules: OperatorRules,
): (caller: Caller) => ReadonlySet<OperatorRight> {
  const groupsOf = compileGroups(rules.groups);
  const [isAdmin, isViewer] = [compileUsers(rules.admin), compileUsers(rules.view)];
  return (caller) => {
    const groups = groupsOf(caller);
    // A change without a name behind it could not be told from another.
    if (caller.user !== undefined && isAdmin(caller, groups)) return new Set(['view', 'admin']);
    return new Set(isViewer(caller, groups) ? ['view'] : []);
  };
}
