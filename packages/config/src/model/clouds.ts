import { isHostOfCloud, type Notice } from '@registry-cache/domain';
import type { CloudGlob } from '../policy/cloud-glob.ts';
import type { ParsedPolicy } from '../policy/parse.ts';
import type { UpstreamCredential } from '../pull-secret/credential.ts';
import { formatUpstreamName, type UpstreamName } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';
import { findWildcard, type Wildcard } from '../pull-secret/wildcard.ts';

/** The keys of the policy file that give the identity of a cloud. */
export type CloudKeys = Pick<ParsedPolicy, 'upstreams' | 'cloudGlobs'>;

/** Gives upstreams the identity of their cloud where the policy says so, in place of a login. */
export function addFromClouds(
  declared: readonly DeclaredUpstream[],
  keys: CloudKeys,
): readonly DeclaredUpstream[] {
  return declared.map((one) => ({ ...one, credential: cloudOf(one.name, keys) ?? one.credential }));
}

/** A notice for each login that the identity of a cloud replaces. */
export function findReplacedLogins(
  file: string,
  declared: readonly DeclaredUpstream[],
  wildcards: readonly Wildcard[],
  keys: CloudKeys,
): Notice[] {
  const ofGlobs = wildcards.flatMap(({ host, namespace, rawKey }) => {
    const same = keys.cloudGlobs.find((one) => one.host === host && one.namespace === namespace);
    if (same === undefined) return [];
    const path = `${file} auths[${JSON.stringify(rawKey)}]`;
    const found = 'a login for registries that have credentials in the policy file';
    return [{ path, found, taken: `no login: the identity of ${same.cloud} counts` }];
  });
  const ofRegistries = declared.flatMap(({ name, rawKey, credential }) => {
    const identity = cloudOf(name, keys);
    if (identity?.kind !== 'cloud' || credential === undefined) return [];
    const path = `${file} ${JSON.stringify(rawKey)}`;
    const found = 'a login of a registry that has credentials in the policy file';
    return [{ path, found, taken: `no login: the identity of ${identity.cloud} counts` }];
  });
  return [...ofGlobs, ...ofRegistries];
}

/**
 * The identity for a registry, by its own key or by the longest glob that fits. A glob counts for
 * registries of its cloud alone. So a client that names a registry on demand cannot bring the identity
 * to another host, however wide the glob is.
 */
export function cloudOf(
  name: UpstreamName,
  { upstreams, cloudGlobs }: CloudKeys,
): UpstreamCredential | undefined {
  const { host } = name;
  const own = upstreams.get(formatUpstreamName(name))?.credentials;
  const cloud = own ?? findWildcard<CloudGlob>(cloudGlobs, name)?.cloud;
  return cloud !== undefined && isHostOfCloud(cloud, host)
    ? { kind: 'cloud', cloud, host }
    : undefined;
}
