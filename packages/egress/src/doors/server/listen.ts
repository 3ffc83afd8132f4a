import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenOnSocket } from '@registry-cache/runtime';
import { createLocalServer } from './create-server.ts';
import type { Handler } from './handler.ts';

export interface Listeners {
  /** The TCP port that is in use, also where port 0 was asked for. */
  readonly port: number;
  /** Accepts no more requests, waits up to `graceMs` for running ones, then cuts them. */
  stop(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly port: number;
  readonly socket: string;
  readonly onPort: Handler;
  readonly onSocket: Handler;
  /** The socket for registries that are not served yet; undefined without registries on demand. */
  readonly onDemand?: { readonly socket: string; readonly handler: Handler } | undefined;
  readonly onDefect: (error: unknown) => void;
}

/** Listens on a loopback port for engines, and on unix sockets (mode 0660) for other callers. */
export async function listen(options: ListenOptions): Promise<Listeners> {
  const { port, socket, onPort, onSocket, onDemand, onDefect } = options;
  const tcp = createLocalServer(onPort, onDefect);
  const servers = [tcp];
  await once(tcp.listen({ host: '127.0.0.1', port }), 'listening');
  const sockets = [{ socket, handler: onSocket }, ...(onDemand === undefined ? [] : [onDemand])];
  for (const { socket: path, handler } of sockets) {
    const unix = createLocalServer(handler, onDefect);
    servers.push(unix);
    await listenOnSocket(unix, { path, mode: 0o660 });
  }
  return {
    port: (tcp.address() as AddressInfo).port,
    async stop(graceMs) {
      const closed = Promise.all(servers.map(stopped));
      // A connection becomes idle only when its response has been sent.
      const idle = setInterval(() => {
        for (const server of servers) server.closeIdleConnections();
      }, 100);
      const end = setTimeout(() => {
        for (const server of servers) server.closeAllConnections();
      }, graceMs);
      await closed;
      clearInterval(idle);
      clearTimeout(end);
    },
  };
}

async function stopped(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
