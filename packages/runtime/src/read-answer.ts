import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * Sends a request with its body, and reads the answer whole.
 * @throws the error of the connection, and Error for an answer beyond the limit.
 */
export function readAnswer(
  outgoing: ClientRequest,
  body: string | undefined,
  limitBytes: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    outgoing.on('response', (incoming: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > limitBytes) incoming.destroy(new Error(`longer than ${limitBytes} bytes`));
        else chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
