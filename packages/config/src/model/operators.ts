import type { OperatorRules } from '@registry-cache/domain';
import type { AccessSpec } from '../policy/access.ts';

/** Who may use the admin API from elsewhere. Nobody, until the policy file says it. */
export function buildOperators(spec: AccessSpec | undefined, hasLogins: boolean): OperatorRules {
  const { admin = [], view = [], groups = {} } = spec ?? {};
  return { admin, view, groups, hasLogins };
}

/** Whether `access` speaks of nothing else, and so has no rules for images. */
export function namesOperatorsAlone(spec: AccessSpec): boolean {
  const { admin, view, groups: _, ...images } = spec;
  const isNamed = admin !== undefined || view !== undefined;
  return isNamed && Object.values(images).every((part) => part === undefined);
}
