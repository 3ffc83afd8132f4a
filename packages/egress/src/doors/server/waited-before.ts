import type { IncomingMessage } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';

/** How long the request has waited at the edge, in milliseconds; 0 for a senseless header. */
export function waitedBefore({ headers }: IncomingMessage): number {
  const ms = Date.now() - Number(headers[INTERNAL_HEADERS.received.key]);
  return ms > 0 && ms < 600_000 ? ms : 0;
}
