import type { AccessPolicy, AskedRegistries } from '@registry-cache/access';
import type { AccessSpec } from '../policy/access.ts';
import { namesOperatorsAlone } from './operators.ts';
import { listRegistryNames } from './registry-names.ts';
import type { Upstream } from './upstream.ts';

/**
 * The rules of the policy file, with what they are read against: the names of the registries here,
 * those that decide about clients by themselves, and whether clients can log in.
 */
export function buildAccess(
  spec: AccessSpec | undefined,
  upstreams: readonly Upstream[],
  hasLogins: boolean,
): AccessPolicy | undefined {
  if (spec === undefined || namesOperatorsAlone(spec)) return undefined;
  const asked = listAsked(upstreams);
  return {
    groups: spec.groups ?? {},
    anonymous: spec.anonymous,
    default: spec.default ?? [],
    rules: spec.rules ?? [],
    hasLogins,
    names: listRegistryNames(upstreams),
    ...(asked && { asked }),
  };
}

/**
 * The rules of a policy file without rules, where registries decide about clients by themselves.
 * Whoever is let in may pull and fetch from all others.
 */
export function buildOpenAccess(
  upstreams: readonly Upstream[],
  hasLogins: boolean,
): AccessPolicy | undefined {
  if (!upstreams.some(({ triesLogins }) => triesLogins)) return undefined;
  return buildAccess({ default: ['pull', 'fetch'] }, upstreams, hasLogins);
}

function listAsked(upstreams: readonly Upstream[]): AskedRegistries | undefined {
  const yes = upstreams.filter(({ triesLogins }) => triesLogins).map(({ key }) => key);
  if (yes.length === 0) return undefined;
  const no = upstreams
    .filter(({ triesLogins }) => !triesLogins)
    .map(({ key }) => key)
    .filter((key) => yes.some((whole) => key.startsWith(`${whole}/`)));
  return { yes, no };
}
