import type { IncomingHttpHeaders } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';

/** Whether a peer's question, or the answer to one, names the egress of this id as the asker. */
export function isAsker(headers: IncomingHttpHeaders, egressId: string): boolean {
  return headers[INTERNAL_HEADERS.asker.key] === egressId;
}
