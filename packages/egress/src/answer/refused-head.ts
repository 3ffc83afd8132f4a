import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';

/** How registries and CDNs say that they answer GET but no HEAD (public.ecr.aws: 401 and 403). */
const REFUSALS = new Set([401, 403, 405, 501]);

/**
 * Must a GET be asked instead? Yes where HEAD is refused, and where its answer lacks what the
 * engine insists on: a HEAD answer without Content-Length is an error to it.
 */
export function headNeedsGet(reply: Reply, needed: readonly string[]): boolean {
  if (REFUSALS.has(reply.status)) return true;
  return reply.status === 200 && needed.some((name) => replyHeader(reply, name) === undefined);
}
