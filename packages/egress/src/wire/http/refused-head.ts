import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';

/**
 * Whether a GET must be sent after this answer to a HEAD. Several registries and proxies answer HEAD
 * with 400, 401, 404 or 5xx although GET of the same URL works. So only a good answer counts, and
 * only with the needed headers: the engine treats one without Content-Length as an error. A registry
 * that asks for a pause gets no GET either.
 * Source: RFC 9110, 9.3.2; docker and distribution's client fall back to GET as well.
 */
export function headNeedsGet(reply: Reply, needed: readonly string[]): boolean {
  if (reply.status === 200) return needed.some((name) => replyHeader(reply, name) === undefined);
  return reply.status !== 429 && replyHeader(reply, 'retry-after') === undefined;
}
