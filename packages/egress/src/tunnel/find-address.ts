import { connect, isIP, type LookupFunction } from 'node:net';
import type { LookupAll } from '../transport/connector.ts';
import { toTransportError } from '../transport/failure.ts';
import type { TunnelRules } from './rules.ts';

/** An address that answers, or why there is none. */
export type FoundAddress =
  | { readonly address: string }
  | { readonly status: 403 | 502 | 504; readonly reason: string };

export interface AddressTools {
  readonly rules: TunnelRules;
  readonly lookup: LookupAll;
  readonly connectMs: number;
}

/**
 * The address that a tunnel to `host` shall lead to: resolved once, judged, and tried, so that
 * what was judged is what is connected to, and a client hears why nothing answers.
 */
export async function findAddress(
  host: string,
  port: number,
  { rules, lookup, connectMs }: AddressTools,
): Promise<FoundAddress> {
  const name = host.replace(/\.$/, '');
  const forbidden = {
    status: 403,
    reason: `${host} may not be reached through this proxy`,
  } as const;
  if (rules.forbidsName(name)) return forbidden;
  let isForbidden = false;
  const judged: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const allowed = found.filter(({ address }) => !rules.forbidsAddress(address));
      isForbidden = allowed.length === 0;
      callback(isForbidden ? new Error(forbidden.reason) : null, allowed);
    });
  };
  if (isIP(name) !== 0 && rules.forbidsAddress(name)) return forbidden;
  const timeouts = { connectMs, headersMs: connectMs, idleMs: connectMs };
  try {
    return { address: await tryToConnect(name, port, judged, connectMs) };
  } catch (error) {
    if (isForbidden) return forbidden;
    const { message, timedOut } = toTransportError(error, host, timeouts);
    return { status: timedOut ? 504 : 502, reason: message };
  }
}

/** The address that took a connection, which is closed again at once. */
function tryToConnect(
  host: string,
  port: number,
  lookup: LookupFunction,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, lookup, autoSelectFamily: true });
    const late = setTimeout(() => {
      socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    socket.once('connect', () => {
      resolve(socket.remoteAddress ?? host);
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(late));
  });
}
