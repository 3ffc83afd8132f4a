import type { AccessPolicy } from '@registry-cache/access';
import type { AccessSpec } from '../policy/access.ts';
import { listRegistryNames } from './registry-names.ts';
import type { Upstream } from './upstream.ts';

/**
 * The rules of the policy file, with what they are read against: the names of the registries here,
 * and whether clients can log in.
 */
export function buildAccess(
  spec: AccessSpec | undefined,
  upstreams: readonly Upstream[],
  hasLogins: boolean,
): AccessPolicy | undefined {
  if (spec === undefined) return undefined;
  return {
    groups: spec.groups ?? {},
    anonymous: spec.anonymous,
    default: spec.default ?? [],
    rules: spec.rules ?? [],
    hasLogins,
    names: listRegistryNames(upstreams),
  };
}
