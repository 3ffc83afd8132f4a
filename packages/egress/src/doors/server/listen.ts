import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenOnSocket } from '@registry-cache/runtime';
import { createHopServer } from './create-server.ts';
import type { Handler } from './handler.ts';

export interface Listeners {
  /** The TCP port really in use. */
  readonly port: number;
  /** Takes no more requests, lets running ones end for up to `graceMs`, then cuts them. */
  stop(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly port: number;
  readonly socket: string;
  readonly onPort: Handler;
  readonly onSocket: Handler;
  /** Where the edge asks for registries that are not served yet, if it may. */
  readonly onDemand?: { readonly socket: string; readonly handler: Handler } | undefined;
  readonly onDefect: (error: unknown) => void;
}

/** Listens on the loopback port for engines and on unix sockets (mode 0660) for everybody else. */
export async function listen(options: ListenOptions): Promise<Listeners> {
  const { port, socket, onPort, onSocket, onDemand, onDefect } = options;
  const tcp = createHopServer(onPort, onDefect);
  const servers = [tcp];
  await once(tcp.listen({ host: '127.0.0.1', port }), 'listening');
  const sockets = [{ socket, handler: onSocket }, ...(onDemand === undefined ? [] : [onDemand])];
  for (const { socket: path, handler } of sockets) {
    const unix = createHopServer(handler, onDefect);
    servers.push(unix);
    await listenOnSocket(unix, { path, mode: 0o660 });
  }
  return {
    port: (tcp.address() as AddressInfo).port,
    async stop(graceMs) {
      const closed = Promise.all(servers.map(stopped));
      // A kept connection becomes idle only when its answer is out.
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
