import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerCertificate } from './certificates.ts';

/** The treatment of a connection before anything is read from it. */
export type ConnectionMode = 'open' | 'refusing' | 'mute';

export interface InterruptibleServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** `refusing` resets new connections. `mute` accepts them and never sends a byte, also for TLS. */
  setConnectionMode(mode: ConnectionMode): void;
  /** Closes the listening socket and every connection. */
  pause(): Promise<void>;
  /** Listens again on the same port. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

export interface InterruptibleServerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: ServerCertificate;
  /** PEM of an authority. Clients need a certificate of it. */
  readonly clientCa?: string;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
  /** Takes over the connection of a CONNECT. Without a handler it is closed. */
  readonly onConnect?: (request: IncomingMessage, socket: Duplex) => void;
}

/** An HTTP or HTTPS server whose connections can be refused, ignored or cut off at any time. */
export async function listenInterruptible(
  options: InterruptibleServerOptions,
): Promise<InterruptibleServer> {
  const inner = createInner(options);
  const sockets = new Set<Socket>();
  let mode: ConnectionMode = 'open';
  // The mode applies before the HTTP server, so that it acts before TLS does.
  const outer = createTcpServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    if (mode === 'refusing') socket.resetAndDestroy();
    else if (mode === 'open') inner.emit('connection', socket);
  });
  const listen = async (port: number) => {
    outer.listen(port, options.host ?? '127.0.0.1');
    await once(outer, 'listening');
    return outer.address() as AddressInfo;
  };
  const { address: host, port } = await listen(options.port ?? 0);
  const pause = async () => {
    if (!outer.listening) return;
    const closed = once(outer, 'close');
    outer.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: `${options.tls ? 'https' : 'http'}://${host}:${port}`,
    host,
    port,
    setConnectionMode: (next) => {
      mode = next;
    },
    pause,
    resume: async () => {
      if (!outer.listening) await listen(port);
    },
    stop: pause,
    [Symbol.asyncDispose]: pause,
  };
}

function createInner({ tls, clientCa, onRequest, onConnect }: InterruptibleServerOptions) {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    Promise.resolve(onRequest(request, response)).catch(() => response.destroy());
  };
  // Only tests decide on faults, so the server's own timeouts are off.
  const options = { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 };
  const server =
    tls === undefined
      ? createHttpServer(options, handle)
      : createHttpsServer(
          {
            ...options,
            cert: tls.certificatePem,
            key: tls.keyPem,
            ...(clientCa !== undefined && { requestCert: true, ca: clientCa }),
          },
          handle,
        );
  if (onConnect === undefined) return server;
  return server.on('connect', (request: IncomingMessage, socket: Duplex, first: Buffer) => {
    // Bytes that came with the head belong to the connection.
    socket.unshift(first);
    onConnect(request, socket);
  });
}
