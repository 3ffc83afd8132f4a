import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import type { DeclaredUpstream } from '../pull-secret/parse.ts';
import { formatAllowed } from './allowed.ts';

/** Each is a process of its own; who needs more of them knows their names. */
export const MAX_ON_DEMAND = 50;

/**
 * The registries that clients have asked for, as egress recorded them (a JSON list of hosts). It
 * is a record and no input of an operator's: what is not allowed (any more) is left out.
 */
export function parseOnDemand(text: string, globs: readonly string[]): DeclaredUpstream[] {
  const allowed = new RegExp(formatAllowed(globs));
  const hosts = new Set(readList(text).filter((host) => allowed.test(host)));
  const upstreams = [...hosts].flatMap((host): DeclaredUpstream[] => {
    const name = parseUpstreamKey('', host);
    // The port of https goes without saying, and an upstream is named without it.
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
