import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, request as startRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';

/**
 * Passes a request on to an upstream's hot lane, as the edge itself will do with the next one, and
 * the answer back, with the upstream's id for the access log.
 * @throws before the answer has begun; after that the connection is destroyed.
 */
export async function passOn(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { id, hotSocket }: { readonly id: string; readonly hotSocket: string },
): Promise<void> {
  const outgoing = startRequest({
    socketPath: hotSocket,
    method,
    path: url,
    headers: { ...headers, connection: 'close' },
  });
  response.once('close', () => outgoing.destroy());
  outgoing.end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { connection: _, 'keep-alive': __, ...answered } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, { ...answered, 'x-upstream': id });
  await pipeline(answer, response).catch(() => response.destroy());
}
