import { isIP } from 'node:net';
import { toTransportError } from '../../wire/transport/failure.ts';
import { proxyFor } from '../../wire/transport/proxy-rules.ts';
import type { NoTunnel, Onward, OnwardDeps } from './onward.ts';
import { tryAddress } from './try-address.ts';
import { tryProxy } from './try-proxy.ts';

/** A name or an address: characters that a URL can only read as a host. */
const HOST = /^[\w.:-]{1,253}$/;

/**
 * Finds the next hop of a tunnel to `host`: checks it against the rules, and tries to connect. The
 * address that was checked is the one to connect to, and the client hears why nothing answers. An
 * outbound proxy resolves the name itself, so the rules then apply to the name or a literal address.
 */
export async function findOnward(
  host: string,
  port: number,
  { rules, lookup, proxyLookup, connectMs, env }: OnwardDeps,
): Promise<Onward | NoTunnel> {
  const name = host.replace(/\.$/, '');
  const none: NoTunnel = { status: 502, reason: `${host}:${port} is not a host and port` };
  if (!HOST.test(name)) return none;
  // URLs know each notation of an address: 2852039166 is 169.254.169.254.
  const url = URL.parse(`https://${isIP(name) === 6 ? `[${name}]` : name}:${port}`);
  if (url === null) return none;
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const isForbidden =
    rules.forbidsName(name) ||
    rules.forbidsName(literal) ||
    (isIP(literal) !== 0 && rules.forbidsAddress(literal, port));
  const forbidden: NoTunnel = {
    status: 403,
    reason: `${host} may not be reached through this proxy`,
  };
  if (isForbidden) return forbidden;
  const proxy = proxyFor(url, env);
  try {
    if (proxy !== undefined) {
      return await tryProxy(new URL(proxy), `${url.hostname}:${port}`, {
        connectMs,
        lookup: proxyLookup,
      });
    }
    const address = await tryAddress(isIP(literal) === 0 ? name : literal, port, {
      rules,
      lookup,
      connectMs,
    });
    return address === undefined ? forbidden : { address, port, head: '' };
  } catch (error) {
    const timeouts = {
      connectMs,
      headersMs: connectMs,
      blobHeadersMs: connectMs,
      idleMs: connectMs,
    };
    const place = proxy === undefined ? host : `the outbound proxy for ${host}`;
    const { message, timedOut } = toTransportError(error, place, timeouts);
    return { status: timedOut ? 504 : 502, reason: message };
  }
}
