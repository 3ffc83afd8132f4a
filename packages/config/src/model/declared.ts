import { accept, type Issue, type Notice, type Parsed, reject } from '@registry-cache/domain';
import { findLimit, type OnDemandKey } from '../on-demand/keys.ts';
import { isSameCredential, type UpstreamCredential } from '../pull-secret/credential.ts';
import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { DeclaredUpstream, PullSecret } from '../pull-secret/parse.ts';
import { findWildcard, type Glob, type Wildcard } from '../pull-secret/wildcard.ts';
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
 * is (`url`, `mirrors`), a cloud gives a login for it, or a key with `*` of the pull secret fits. Any
 * other entry changes an upstream, and is a mistake where that upstream is missing.
 */
export function addFromPolicy(
  declared: readonly DeclaredUpstream[],
  keys: CloudKeys,
  globs: readonly Glob[],
): readonly DeclaredUpstream[] {
  const known = new Set(declared.map(({ name }) => formatUpstreamName(name)));
  const added = [...keys.upstreams].flatMap(([key, { url, mirrors = [] }]): DeclaredUpstream[] => {
    const name = parseUpstreamKey('', key);
    if (known.has(key) || !name.ok) return [];
    const isPlaced = url !== undefined || mirrors.length > 0;
    const isCovered = findWildcard(globs, name.value) ?? cloudOf(name.value, keys);
    return isPlaced || isCovered !== undefined
      ? [{ name: name.value, rawKey: key, credential: undefined }]
      : [];
  });
  return [...declared, ...added];
}

/**
 * Gives upstreams without credentials those of the wildcard that fits. Registries on demand have a
 * stricter rule, `loginOnDemand`, because clients choose them.
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

/** The registries and mirrors for which a glob may count. */
export interface GlobUses {
  readonly declared: readonly DeclaredUpstream[];
  readonly mirrors: readonly Pick<Mirror, 'credential'>[];
  /** The keys that serve registries on demand; undefined where none is served so. */
  readonly onDemandKeys: readonly OnDemandKey[] | undefined;
}

/** A notice for each glob that counts for no upstream, no mirror and no registry on demand. */
export function findIdleGlobs(
  file: string,
  { wildcards, anonymousGlobs }: Pick<PullSecret, 'wildcards' | 'anonymousGlobs'>,
  { declared, mirrors, onDemandKeys }: GlobUses,
): Notice[] {
  const serving = new Set(onDemandKeys?.map(({ host }) => host));
  const given = new Set(mirrors.map(({ credential }) => credential));
  const isIdle = (glob: Glob, all: readonly Glob[]) =>
    !(glob.namespace === '' && serving.has(glob.host)) &&
    !declared.some(({ name }) => findWildcard(all, name) === glob);
  const notice = (glob: Glob, hasLogin: boolean, found: string, taken: string): Notice => {
    const limit = onDemandKeys && findLimit(glob, hasLogin);
    const path = `${file} auths[${JSON.stringify(glob.rawKey)}]`;
    const reason = 'none of the named ones fits';
    return {
      path,
      found,
      taken: `${taken}: ${limit === undefined ? reason : `${reason}, and ${limit}`}`,
    };
  };
  return [
    ...wildcards
      .filter((one) => isIdle(one, wildcards) && !given.has(one.credential))
      .map((one) => notice(one, true, 'a wildcard', 'credentials for no registry')),
    ...anonymousGlobs
      .filter((one) => isIdle(one, anonymousGlobs))
      .map((one) => notice(one, false, 'a wildcard without a login', 'no registry')),
  ];
}
