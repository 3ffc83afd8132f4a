import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Wish } from './desk.ts';

export interface RoomServer {
  stop(): Promise<void>;
}

export interface RoomServerOptions {
  /** Unix socket, of mode 0660: who may open it may ask. */
  readonly socket: string;
  readonly ask: (wish: Wish, signal: AbortSignal) => Promise<boolean>;
}

/**
 * `POST /room?bytes=N&granted=G&size=S`: 200 when N more bytes of a blob may be written to the
 * store, which may take a run of the cleaner; 507 when they cannot be had. G bytes of it were
 * granted before. It has S bytes in all; without S its size is not known, and G counts for all such
 * blobs that are being fetched.
 */
export async function serveRoom({ socket, ask }: RoomServerOptions): Promise<RoomServer> {
  const server = createServer({ keepAliveTimeout: 90_000 }, async (request, response) => {
    const wish = parseWish(request.url ?? '');
    const end = (status: number) => response.writeHead(status, { 'content-length': '0' }).end();
    if (request.method !== 'POST' || wish === undefined) return end(400);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    end((await ask(wish, gone.signal)) ? 200 : 507);
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

function parseWish(url: string): Wish | undefined {
  const match = /^\/room\?bytes=(\d{1,15})(?:&granted=(\d{1,15}))?(?:&size=(\d{1,15}))?$/.exec(url);
  if (match === null) return undefined;
  const [, bytes, granted = '0', size] = match;
  return {
    bytes: Number(bytes),
    grantedBytes: Number(granted),
    sizeBytes: size === undefined ? undefined : Number(size),
  };
}
