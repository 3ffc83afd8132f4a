import { once } from 'node:events';
import { createServer } from 'node:http';
import { INTERNAL_PATHS } from '@registry-cache/domain';
import { listenOnSocket } from '@registry-cache/runtime';
import type { Reservation } from './queue.ts';

export interface ReservationServer {
  stop(): Promise<void>;
}

export interface ReservationServerOptions {
  /** Unix socket, of mode 0660: its permissions say who may reserve. */
  readonly socket: string;
  readonly reserve: (reservation: Reservation, signal: AbortSignal) => Promise<boolean>;
}

/**
 * Serves `POST /reservations?bytes=N&granted=G&size=S` on a unix socket. It answers 200 if N more
 * bytes of a blob may be written to the store, and 507 if not; either may take a run of the
 * cleaner. The blob has S bytes, and G bytes were granted to it before. Without S the size is
 * unknown, and G counts for all running fetches of unknown size together.
 */
export async function serveReservations({
  socket,
  reserve,
}: ReservationServerOptions): Promise<ReservationServer> {
  const server = createServer({ keepAliveTimeout: 90_000 }, async (request, response) => {
    const reservation = parseReservation(request.url ?? '');
    const end = (status: number) => response.writeHead(status, { 'content-length': '0' }).end();
    if (request.method !== 'POST' || reservation === undefined) return end(400);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    end((await reserve(reservation, gone.signal)) ? 200 : 507);
  });
  await listenOnSocket(server, { path: socket, mode: 0o660 });
  return {
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const QUERY = /^\?bytes=(\d{1,15})(?:&granted=(\d{1,15}))?(?:&size=(\d{1,15}))?$/;

function parseReservation(url: string): Reservation | undefined {
  const { name: path } = INTERNAL_PATHS.reservations;
  const match = url.startsWith(path) ? QUERY.exec(url.slice(path.length)) : null;
  if (match === null) return undefined;
  const [, bytes, granted = '0', size] = match;
  return {
    bytes: Number(bytes),
    grantedBytes: Number(granted),
    sizeBytes: size === undefined ? undefined : Number(size),
  };
}
