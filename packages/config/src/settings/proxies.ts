import type { Issue } from '@registry-cache/domain';

/** Variables that egress reads, in upper or lower case. */
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY'];
const ACCEPTED = 'an http:// or https:// proxy';

/**
 * Outbound proxies that no program here can use, SOCKS above all. With one, all traffic would fail
 * or go past the proxy. A value may hold a password, so an issue shows its scheme alone.
 */
export function findProxyIssues(environment: NodeJS.ProcessEnv): Issue[] {
  const used = PROXIES.filter((name) => readVariable(environment, name) !== '');
  // No program reads ALL_PROXY, which is safe as long as the others are set.
  const names = used.length > 0 ? used : ['ALL_PROXY'];
  return names.flatMap((name) => {
    const scheme = schemeOf(readVariable(environment, name));
    const accepted = name === 'ALL_PROXY' ? 'HTTPS_PROXY and HTTP_PROXY in its place' : ACCEPTED;
    const isFine = name !== 'ALL_PROXY' && (scheme === 'http' || scheme === 'https');
    if (scheme === undefined || isFine) return [];
    return [{ path: nameIn(environment, name), found: `a ${scheme}:// proxy`, accepted }];
  });
}

function schemeOf(value: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
}

/** Like egress, takes the lower-case name first. */
function readVariable(environment: NodeJS.ProcessEnv, name: string): string {
  return environment[nameIn(environment, name)] ?? '';
}

function nameIn(environment: NodeJS.ProcessEnv, name: string): string {
  const lower = name.toLowerCase();
  return environment[lower] ? lower : name;
}
