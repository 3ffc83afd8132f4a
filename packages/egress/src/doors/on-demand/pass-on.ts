import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, request as startRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { INTERNAL_HEADERS } from '@registry-cache/domain';

/**
 * Passes a request on to an upstream's hot lane, and the response back, with the upstream's id for
 * the access log. The edge itself routes the next connection there.
 * @throws any error before the response has started; `late()` if it does not start within `withinMs`.
 * A later error cuts the connection.
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
  const replied = once(outgoing, 'response').finally(() => clearTimeout(timer));
  const [reply] = (await replied) as [IncomingMessage];
  const { connection: _, 'keep-alive': __, ...passed } = reply.headers;
  response.writeHead(reply.statusCode ?? 502, { ...passed, [INTERNAL_HEADERS.upstream.key]: id });
  await pipeline(reply, response).catch(() => response.destroy());
}
