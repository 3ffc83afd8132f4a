import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EgressOptions, INTERNAL_PATHS } from '@registry-cache/domain';
import type { LookupAll } from '../../wire/transport/connector.ts';
import type { ProxyEnvironment } from '../../wire/transport/proxy-rules.ts';
import { sendText } from '../server/respond.ts';
import { findOnward } from './find-onward.ts';
import { listOwnAddresses, parseTunnelRules } from './rules.ts';

export interface TunnelDeps {
  /** Names the outbound proxies. */
  readonly env: ProxyEnvironment;
  /** For the hosts that clients ask for. */
  readonly lookup: LookupAll;
  /** For the outbound proxy. */
  readonly proxyLookup: LookupAll;
}

/** The edge waits for 25 s (templates/connect.lua). */
const LONGEST_MS = 20_000;

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/**
 * `/tunnel?host=…&port=…`, for the proxy's listener alone: a line `ADDRESS PORT` of where a tunnel
 * begins and, after it, what is to be sent there first; or a status and a reason that the client
 * may be told.
 * @returns whether the request was this one.
 */
export async function serveTunnel(
  request: IncomingMessage,
  response: ServerResponse,
  readOptions: () => Promise<EgressOptions>,
  { env, lookup, proxyLookup }: TunnelDeps,
): Promise<boolean> {
  const [path, search] = (request.url ?? '').split('?');
  if (path !== INTERNAL_PATHS.tunnel.name || request.method !== 'GET') return false;
  const { tunnel, timeouts } = await readOptions();
  const asked = new URLSearchParams(search);
  const found = await findOnward(asked.get('host') ?? '', Number(asked.get('port')), {
    rules: parseTunnelRules(tunnel.forbidden, {
      ports: tunnel.ownPorts,
      addresses: listOwnAddresses,
    }),
    lookup,
    proxyLookup,
    env,
    connectMs: Math.min(timeouts.connectMs, LONGEST_MS),
  });
  if ('reason' in found) sendText(response, found.status, found.reason, TEXT);
  else sendText(response, 200, `${found.address} ${found.port}\n${found.head}`, TEXT);
  return true;
}
