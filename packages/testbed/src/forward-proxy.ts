import { type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { basicAuthorization, type Credentials } from './http-client.ts';
import {
  type InterruptibleServer,
  type InterruptibleServerOptions,
  listenInterruptible,
} from './interruptible-server.ts';

export interface ForwardProxyOptions
  extends Omit<InterruptibleServerOptions, 'onRequest' | 'onConnect'> {
  /** The address of each name that it can resolve. Other names get 502. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The only users that it serves. Default all clients. */
  readonly credentials?: Credentials;
}

export interface ProxiedRequest {
  /** CONNECT for a tunnel. */
  readonly method: string;
  /** `reg.test:443` for a tunnel, else the absolute URL. */
  readonly target: string;
  readonly status: number;
}

export interface ForwardProxy extends InterruptibleServer {
  /** Every request so far, oldest first. Tests may empty it. */
  readonly seen: ProxiedRequest[];
}

/** Starts a proxy for HTTP_PROXY (absolute URLs) and HTTPS_PROXY (tunnels). */
export async function startForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const seen: ProxiedRequest[] = [];
  const decide = ({ method = '', url: target = '', headers }: IncomingMessage): Decision => {
    const url = URL.parse(method === 'CONNECT' ? `tunnel://${target}` : target);
    const address = options.hosts[url?.hostname ?? ''];
    const isWelcome =
      options.credentials === undefined ||
      headers['proxy-authorization'] === basicAuthorization(options.credentials);
    const status = !isWelcome ? 407 : url === null || address === undefined ? 502 : 200;
    seen.push({ method, target, status });
    const destination = { host: address ?? '', port: Number(url?.port || 80) };
    return { status, destination, path: `${url?.pathname}${url?.search}` };
  };
  const server = await listenInterruptible({
    ...options,
    onRequest: (request, response) => forward(decide(request), request, response),
    onConnect: (request, socket) => openTunnel(decide(request), socket),
  });
  return { ...server, seen };
}

interface Decision {
  readonly status: number;
  readonly destination: { readonly host: string; readonly port: number };
  readonly path: string;
}

async function forward(
  { status, destination, path }: Decision,
  { method = 'GET', headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (status !== 200) {
    response.writeHead(status).end();
    return;
  }
  const { 'proxy-authorization': _, 'proxy-connection': __, ...rest } = headers;
  const onward = requestHttp({ ...destination, method, path, headers: rest });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    onward.on('response', resolve).on('error', reject).end();
  });
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}

function openTunnel({ status, destination }: Decision, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  if (status !== 200) {
    socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    return;
  }
  const onward = connect(destination.port, destination.host, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
}
