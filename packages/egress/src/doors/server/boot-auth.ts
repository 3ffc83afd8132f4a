import type { IncomingMessage } from 'node:http';
import type { Secret } from '@registry-cache/domain';

/**
 * The upstream id of a caller that holds the boot secret (`Basic base64(<id>:<secret>)`), else
 * undefined. Other users of this machine share loopback, so a port alone is no protection.
 */
export function callerUpstream(request: IncomingMessage, bootSecret: Secret): string | undefined {
  const match = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '');
  const pair = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1 || !bootSecret.equals(pair.slice(colon + 1))) return undefined;
  return pair.slice(0, colon);
}
