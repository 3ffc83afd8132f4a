import { replyHeader } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';

/**
 * Must a GET be asked instead? A HEAD is a hint: several registries and proxies answer it with 400,
 * 401, 404 or 5xx where GET of the same URL is well. So only a good one counts, if it has what is
 * needed: without Content-Length it is an error to the engine. One that asks to be left alone is not
 * asked again either.
 * Source: RFC 9110, 9.3.2; docker and distribution's client fall back to GET as well.
 */
export function headNeedsGet(reply: Reply, needed: readonly string[]): boolean {
  if (reply.status === 200) return needed.some((name) => replyHeader(reply, name) === undefined);
  return reply.status !== 429 && replyHeader(reply, 'retry-after') === undefined;
}
