import { accept, type Issue, type Parsed, reject } from '@registry-cache/domain';
import { isSameCredential, type UpstreamCredential } from '../pull-secret/credential.ts';
import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';
import type { HostLogin } from '../settings/auth-registries.ts';

/** These only hand out tokens: nothing can be pulled from them. */
const TOKEN_SERVICES = new Set(['auth.docker.io']);

/**
 * The pull secret's upstreams, and those that the environment adds: hosts of REGISTRIES that are
 * not in it, and credentials of AUTH_REGISTRIES for the hosts that are upstreams.
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
      // A namespace may have its own; for the registry as a whole there is one.
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
