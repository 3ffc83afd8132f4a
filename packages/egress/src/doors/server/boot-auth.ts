import type { IncomingMessage } from 'node:http';
import type { Secret } from '@registry-cache/domain';

/**
 * The upstream id that a caller sends with the boot secret (`Basic base64(<id>:<secret>)`).
 * Undefined without the right secret: other users of this machine can reach a loopback port too.
 */
export function callerUpstream(request: IncomingMessage, bootSecret: Secret): string | undefined {
  const match = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? '');
  const pair = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 1 || !bootSecret.equals(pair.slice(colon + 1))) return undefined;
  return pair.slice(0, colon);
}
