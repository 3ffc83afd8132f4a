import { request } from 'node:http';

export interface SocketQuestion {
  readonly socketPath: string;
  /** Path and query. */
  readonly path: string;
  /** The text of a JSON value, which is sent by POST. Undefined: GET. */
  readonly json?: string | undefined;
  readonly timeoutMs: number;
  /** Longer answers are refused. */
  readonly limitBytes: number;
}

export interface SocketAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks a program that serves HTTP on a unix socket.
 * @throws Error with the system's code where nothing listens; also after the timeout, and for an
 * answer beyond the limit.
 */
export function askSocket(question: SocketQuestion): Promise<SocketAnswer> {
  const { socketPath, path, json, timeoutMs, limitBytes } = question;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const method = json === undefined ? 'GET' : 'POST';
    const headers = json === undefined ? {} : { 'content-type': 'application/json' };
    const options = { socketPath, path, method, headers, agent: false, signal } as const;
    const outgoing = request(options, (incoming) => {
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
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(json);
  });
}
