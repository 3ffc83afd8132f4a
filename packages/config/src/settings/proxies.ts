import type { Issue } from '@registry-cache/domain';

/** Read by egress, in either case. */
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY'];
const ACCEPTED = 'an http:// or https:// proxy';

/**
 * Outbound proxies that nothing here can use, SOCKS above all. Each would mean that all traffic fails or
 * goes past the proxy. A value may hold a password, so an issue shows its scheme alone.
 */
export function findProxyIssues(environment: NodeJS.ProcessEnv): Issue[] {
  const used = PROXIES.filter((name) => readVariable(environment, name) !== '');
  // Nothing reads ALL_PROXY, which is safe as long as the others say where to go.
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

/** As egress reads it: the lower-case name goes first. */
function readVariable(environment: NodeJS.ProcessEnv, name: string): string {
  return environment[nameIn(environment, name)] ?? '';
}

function nameIn(environment: NodeJS.ProcessEnv, name: string): string {
  const lower = name.toLowerCase();
  return environment[lower] ? lower : name;
}
