import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, request as startRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { INTERNAL_HEADERS } from '@registry-cache/domain';

/**
 * Passes a request on to an upstream's hot lane, as the edge itself will do with the next one, and
 * the answer back, with the upstream's id for the access log.
 * @throws before the answer has begun, and what `late` makes where it does not begin in time; after that the connection is destroyed.
 */
export async function passOn(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { id, hotSocket }: { readonly id: string; readonly hotSocket: string },
  { withinMs, late }: { readonly withinMs: number; readonly late: () => Error },
): Promise<void> {
  const outgoing = startRequest({
    socketPath: hotSocket,
    method,
    path: url,
    headers: { ...headers, connection: 'close' },
  });
  response.once('close', () => outgoing.destroy());
  outgoing.end();
  const timer = setTimeout(() => outgoing.destroy(late()), withinMs);
  const answered = once(outgoing, 'response').finally(() => clearTimeout(timer));
  const [answer] = (await answered) as [IncomingMessage];
  const { connection: _, 'keep-alive': __, ...passed } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, { ...passed, [INTERNAL_HEADERS.upstream.key]: id });
  await pipeline(answer, response).catch(() => response.destroy());
}
