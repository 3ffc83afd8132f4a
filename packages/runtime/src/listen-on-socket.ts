import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:net';

export interface SocketOptions {
  readonly path: string;
  /** Permissions of the socket: whoever may write to it may connect. */
  readonly mode: number;
  /** Connections that may wait to be accepted; default 511, as in Node.js. */
  readonly backlog?: number | undefined;
}

/**
 * Listens on a unix socket. Replaces a file at its path: a killed predecessor leaves its socket behind.
 * @throws Error with the system's code where the path cannot be used.
 */
export async function listenOnSocket(
  server: Server,
  { path, mode, backlog }: SocketOptions,
): Promise<void> {
  await rm(path, { force: true });
  await once(server.listen({ path, backlog }), 'listening');
  await chmod(path, mode);
}
