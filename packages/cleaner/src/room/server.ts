import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';

export interface RoomServer {
  stop(): Promise<void>;
}

export interface RoomServerOptions {
  /** Unix socket, of mode 0660: who may open it may ask. */
  readonly socket: string;
  readonly ask: (bytes: number, signal: AbortSignal) => Promise<boolean>;
}

/**
 * `POST /room?bytes=N`: 200 when N bytes may be written to the store, which may take a run of the
 * cleaner; 507 when they cannot be had.
 */
export async function serveRoom({ socket, ask }: RoomServerOptions): Promise<RoomServer> {
  const server = createServer({ keepAliveTimeout: 90_000 }, async (request, response) => {
    const bytes = Number(/^\/room\?bytes=(\d{1,15})$/.exec(request.url ?? '')?.[1]);
    const end = (status: number) => response.writeHead(status, { 'content-length': '0' }).end();
    if (request.method !== 'POST' || Number.isNaN(bytes)) return end(400);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    end((await ask(bytes, gone.signal)) ? 200 : 507);
  });
  // A killed predecessor leaves its socket behind.
  await rm(socket, { force: true });
  await once(server.listen({ path: socket }), 'listening');
  await chmod(socket, 0o660);
  return {
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
