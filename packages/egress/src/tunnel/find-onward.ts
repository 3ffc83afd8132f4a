import { isIP } from 'node:net';
import type { LookupAll } from '../transport/connector.ts';
import { toTransportError } from '../transport/failure.ts';
import { type ProxyEnvironment, proxyFor } from '../transport/proxy-rules.ts';
import type { TunnelRules } from './rules.ts';
import { tryAddress } from './try-address.ts';
import { tryProxy } from './try-proxy.ts';

/** Where a tunnel begins: what to connect to, and what to send there before the client's bytes. */
export interface Onward {
  readonly address: string;
  readonly port: number;
  /** Empty, or a CONNECT of its own where an outbound proxy is next; it may hold a password. */
  readonly head: string;
}

/** Why there is none, as the client may be told. */
export interface NoTunnel {
  readonly status: 403 | 502 | 504;
  readonly reason: string;
}

export interface OnwardTools {
  readonly rules: TunnelRules;
  readonly lookup: LookupAll;
  readonly connectMs: number;
  readonly env: ProxyEnvironment;
}

/**
 * Judges and tries where a tunnel to `host` shall lead, so that what was judged is what is
 * connected to, and a client hears why nothing answers. Behind an outbound proxy the name is
 * resolved there: what can be judged here is the name, and a literal address.
 */
export async function findOnward(
  host: string,
  port: number,
  { rules, lookup, connectMs, env }: OnwardTools,
): Promise<Onward | NoTunnel> {
  const name = host.replace(/\.$/, '');
  const isForbidden = rules.forbidsName(name) || (isIP(name) !== 0 && rules.forbidsAddress(name));
  const forbidden: NoTunnel = {
    status: 403,
    reason: `${host} may not be reached through this proxy`,
  };
  if (isForbidden) return forbidden;
  const target = `${isIP(name) === 6 ? `[${name}]` : name}:${port}`;
  const proxy = proxyFor(new URL(`https://${target}`), env);
  try {
    if (proxy !== undefined) return await tryProxy(new URL(proxy), target, connectMs);
    const address = await tryAddress(name, port, { rules, lookup, connectMs });
    return address === undefined ? forbidden : { address, port, head: '' };
  } catch (error) {
    const timeouts = { connectMs, headersMs: connectMs, idleMs: connectMs };
    const place = proxy === undefined ? host : `the outbound proxy for ${host}`;
    const { message, timedOut } = toTransportError(error, place, timeouts);
    return { status: timedOut ? 504 : 502, reason: message };
  }
}
