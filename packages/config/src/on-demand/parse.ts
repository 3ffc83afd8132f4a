import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';

/** Each is a process of its own. An operator who needs more can name them. */
export const MAX_ON_DEMAND = 50;

/**
 * The registries that clients have asked for, as egress recorded them (a JSON list of hosts). The
 * record is not an operator's input, so hosts that are not allowed are left out without an issue.
 *
 * @param allowedPattern - The hosts that are allowed, by `formatAllowed`.
 */
export function parseOnDemand(text: string, allowedPattern: string): DeclaredUpstream[] {
  const allowed = new RegExp(allowedPattern);
  const hosts = new Set(readList(text).filter((host) => allowed.test(host)));
  const upstreams = [...hosts].flatMap((host): DeclaredUpstream[] => {
    const name = parseUpstreamKey('', host);
    // An upstream's name leaves out the port of https.
    const isHost = name.ok && formatUpstreamName(name.value) === host.replace(/:443$/, '');
    return isHost ? [{ name: name.value, rawKey: host, credential: undefined }] : [];
  });
  const byKey = new Map(upstreams.map((one) => [formatUpstreamName(one.name), one]));
  return [...byKey.values()].slice(0, MAX_ON_DEMAND);
}

function readList(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
