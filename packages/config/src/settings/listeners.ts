import type { Issue } from '@registry-cache/domain';
import { EDGE_PORT } from './edge-port.ts';

/** Settings with an address or a port of another listener. */
const OTHERS = ['REDIRECT_LISTEN', 'CONNECT_LISTEN', 'HEALTH_LISTEN', 'EGRESS_PORT'];

/**
 * An issue for an HTTP_LISTEN with the port of another listener. HAProxy would take both, and the
 * kernel would give each of them a part of the connections.
 *
 * @param values - The settings as they are parsed, by name. Broken ones are missing.
 */
export function findListenerIssues(values: Readonly<Record<string, unknown>>): Issue[] {
  const { HTTP_LISTEN: listen, CONNECT_PROXY: proxy } = values;
  if (typeof listen !== 'string' || listen === '') return [];
  const names = OTHERS.filter((name) => name !== 'CONNECT_LISTEN' || proxy !== 'off');
  const taken = names.find((name) => portOf(values[name]) === portOf(listen));
  const owner = portOf(listen) === EDGE_PORT ? 'the TLS port' : taken;
  if (owner === undefined) return [];
  const found = `${listen}, which is the port of ${owner} too`;
  return [{ path: 'HTTP_LISTEN', found, accepted: 'an address with a port of its own' }];
}

/** The port of `:5000` or 5000; NaN where there is none. */
function portOf(value: unknown): number {
  const digits = /\d+$/.exec(String(value ?? ''));
  return Number(digits?.[0] ?? Number.NaN);
}
