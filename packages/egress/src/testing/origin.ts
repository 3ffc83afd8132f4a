import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsPair } from './certificate.ts';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server on loopback that plays an upstream, a CDN or a token service. */
export interface Origin {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** All requests so far, in order. */
  readonly seen: Seen[];
  /** One text such as `GET /v2/a/tags/list` for each request except pings. */
  lines(): string[];
  /** Stops listening on the port until it is resumed. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type OriginHandler = (seen: Seen, response: ServerResponse) => void | Promise<void>;

export async function startOrigin(handle: OriginHandler, tls?: TlsPair): Promise<Origin> {
  const seen: Seen[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const record = { method, url, headers, body };
    seen.push(record);
    await handle(record, response);
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const pause = async () => {
    server.closeAllConnections();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    seen,
    lines: () =>
      seen.filter(({ url }) => url !== '/v2/').map(({ method, url }) => `${method} ${url}`),
    pause,
    resume: async () => void (await once(server.listen(port, '127.0.0.1'), 'listening')),
    [Symbol.asyncDispose]: pause,
  };
}

/** Answers with a status, headers and a body; a HEAD gets no body. */
export function reply(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array = '',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  response.end(body);
}

export function ociError(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message }] });
}
