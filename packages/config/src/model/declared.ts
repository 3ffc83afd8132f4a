import { accept, type Issue, type Notice, type Parsed, reject } from '@registry-cache/domain';
import { isSameCredential, type UpstreamCredential } from '../pull-secret/credential.ts';
import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';
import { findWildcard, type Wildcard } from '../pull-secret/wildcard.ts';
import type { HostLogin } from '../settings/auth-registries.ts';
import { type CloudKeys, cloudOf } from './clouds.ts';
import type { Mirror } from './mirrors.ts';

/** Hosts that only hand out tokens. They have no images. */
const TOKEN_SERVICES = new Set(['auth.docker.io']);

/**
 * The pull secret's upstreams with the environment's additions: hosts of REGISTRIES that are not in
 * it, and credentials of AUTH_REGISTRIES for hosts that are upstreams.
 */
export function addFromEnvironment(
  declared: readonly DeclaredUpstream[],
  registries: readonly string[],
  logins: readonly HostLogin[],
): Parsed<readonly DeclaredUpstream[]> {
  const issues: Issue[] = [];
  const upstreams = new Map(declared.map((one) => [formatUpstreamName(one.name), one]));
  const hosts = new Set(declared.map(({ name }) => name.host));
  for (const rawKey of registries.filter((host) => !TOKEN_SERVICES.has(host.toLowerCase()))) {
    const name = parseUpstreamKey('REGISTRIES', rawKey);
    if (!name.ok) issues.push(...name.issues);
    else if (!hosts.has(name.value.host)) {
      upstreams.set(formatUpstreamName(name.value), {
        name: name.value,
        rawKey,
        credential: undefined,
      });
    }
  }
  for (const { host, username, password } of logins) {
    const credential: UpstreamCredential = { kind: 'basic', username, password };
    for (const [key, upstream] of upstreams) {
      if (upstream.name.host !== host) continue;
      // A namespace may have credentials of its own. The registry as a whole has one login.
      if (upstream.credential === undefined) upstreams.set(key, { ...upstream, credential });
      else if (key === host && !isSameCredential(upstream.credential, credential)) {
        const found = `other credentials for ${host} than the pull secret has`;
        issues.push({ path: 'AUTH_REGISTRIES', found, accepted: 'one of the two' });
      }
    }
  }
  const sorted = [...upstreams].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return issues.length > 0 ? reject(...issues) : accept(sorted);
}

/**
 * The upstreams, and those that the policy declares by itself. Such an entry says where the registry
 * is (`url`, `mirrors`), a cloud gives a login for it, or a wildcard of the pull secret has one. Any
 * other entry changes an upstream, and is a mistake where that upstream is missing.
 */
export function addFromPolicy(
  declared: readonly DeclaredUpstream[],
  keys: CloudKeys,
  wildcards: readonly Wildcard[],
): readonly DeclaredUpstream[] {
  const known = new Set(declared.map(({ name }) => formatUpstreamName(name)));
  const added = [...keys.upstreams].flatMap(([key, { url, mirrors = [] }]): DeclaredUpstream[] => {
    const name = parseUpstreamKey('', key);
    if (known.has(key) || !name.ok) return [];
    const isPlaced = url !== undefined || mirrors.length > 0;
    const isCovered = findWildcard(wildcards, name.value) ?? cloudOf(name.value, keys);
    return isPlaced || isCovered !== undefined
      ? [{ name: name.value, rawKey: key, credential: undefined }]
      : [];
  });
  return [...declared, ...added];
}

/**
 * Gives upstreams without credentials those of the wildcard that fits. Registries on demand get
 * none: a client chooses those, and must not be able to send the operator's credentials anywhere.
 */
export function addFromWildcards(
  declared: readonly DeclaredUpstream[],
  wildcards: readonly Wildcard[],
): readonly DeclaredUpstream[] {
  return declared.map((one) => {
    if (one.credential !== undefined) return one;
    return { ...one, credential: findWildcard(wildcards, one.name)?.credential };
  });
}

/** A notice for each wildcard that neither an upstream nor a mirror needs. */
export function findIdleWildcards(
  file: string,
  declared: readonly DeclaredUpstream[],
  wildcards: readonly Wildcard[],
  mirrors: readonly Pick<Mirror, 'credential'>[],
): Notice[] {
  const used = new Set(declared.map(({ name }) => findWildcard(wildcards, name)));
  const given = new Set(mirrors.map(({ credential }) => credential));
  return wildcards
    .filter((wildcard) => !used.has(wildcard) && !given.has(wildcard.credential))
    .map(({ rawKey }) => ({
      path: `${file} auths[${JSON.stringify(rawKey)}]`,
      found: 'a wildcard',
      taken: 'credentials for no registry: none of the named ones fits',
    }));
}
