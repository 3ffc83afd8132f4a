import type { IncomingMessage, ServerResponse } from 'node:http';
import { type EgressOptions, INTERNAL_PATHS } from '@registry-cache/domain';
import type { LookupAll } from '../../wire/transport/connector.ts';
import type { ProxyEnvironment } from '../../wire/transport/proxy-rules.ts';
import { sendText } from '../server/respond.ts';
import { findOnward } from './find-onward.ts';
import { parseTunnelRules, readOwnAddresses } from './rules.ts';

export interface TunnelDeps {
  /** Names the outbound proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
  readonly env: ProxyEnvironment;
  /** Looks up the hosts of tunnels. */
  readonly lookup: LookupAll;
  /** Looks up the outbound proxy. */
  readonly proxyLookup: LookupAll;
}

/** Below the 25 s that the edge waits for (templates/connect.lua). */
const LONGEST_MS = 20_000;

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/**
 * Serves `/tunnel?host=…&port=…`, for the edge's proxy alone. The answer is a line `ADDRESS PORT`
 * with the tunnel's next hop, and after it the bytes to send there first. A refusal has a status and
 * a reason for the client.
 * @returns whether the request was for this path.
 */
export async function serveTunnel(
  request: IncomingMessage,
  response: ServerResponse,
  readOptions: () => Promise<EgressOptions>,
  { env, lookup, proxyLookup }: TunnelDeps,
): Promise<boolean> {
  const [path, search] = (request.url ?? '').split('?');
  if (path !== INTERNAL_PATHS.tunnel.name || request.method !== 'GET') return false;
  const { tunnel } = await readOptions();
  const asked = new URLSearchParams(search);
  const found = await findOnward(asked.get('host') ?? '', Number(asked.get('port')), {
    rules: parseTunnelRules(tunnel.forbidden, {
      ports: tunnel.ownPorts,
      addresses: readOwnAddresses,
    }),
    lookup,
    proxyLookup,
    env,
    connectMs: Math.min(tunnel.connectMs, LONGEST_MS),
  });
  if ('reason' in found) sendText(response, found.status, found.reason, TEXT);
  else sendText(response, 200, `${found.address} ${found.port}\n${found.head}`, TEXT);
  return true;
}
