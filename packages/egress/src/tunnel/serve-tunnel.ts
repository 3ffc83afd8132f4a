import { lookup as dnsLookup } from 'node:dns';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EgressOptions } from '@registry-cache/domain';
import { sendText } from '../server/respond.ts';
import type { LookupAll } from '../transport/connector.ts';
import { findAddress } from './find-address.ts';
import { parseTunnelRules } from './rules.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/**
 * `/tunnel?host=…&port=…`, for the proxy's listener alone: the address that a tunnel shall lead to,
 * or a status and a reason that the client may be told.
 * @returns whether the request was this one.
 */
export async function serveTunnel(
  request: IncomingMessage,
  response: ServerResponse,
  readOptions: () => Promise<EgressOptions>,
  lookup: LookupAll = dnsLookup,
): Promise<boolean> {
  const [path, search] = (request.url ?? '').split('?');
  if (path !== '/tunnel' || request.method !== 'GET') return false;
  const { tunnel, timeouts } = await readOptions();
  const asked = new URLSearchParams(search);
  const found = await findAddress(asked.get('host') ?? '', Number(asked.get('port')), {
    rules: parseTunnelRules(tunnel.forbidden),
    lookup,
    connectMs: timeouts.connectMs,
  });
  if ('address' in found) sendText(response, 200, found.address, TEXT);
  else sendText(response, found.status, found.reason, TEXT);
  return true;
}
