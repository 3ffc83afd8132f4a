import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { HostedError, sendError } from './http/answer.ts';
import type { Mirror } from './mirrored/mirror.ts';
import { routeMirrored } from './mirrored/route-mirrored.ts';
import type { Context } from './routes/context.ts';
import { route } from './routes/route.ts';

export type ServerDeps = Context & { readonly mirror: Mirror; readonly log: Logger };

/**
 * Serves hosted registries and pushes into upstreams' names, to listen on a unix socket. The edge has
 * checked who may do it. It has put a hosted registry's name into the path, or an upstream's id into a
 * header. Bodies of any size are streamed.
 */
export function createHostedServer(deps: ServerDeps): Server {
  const server = createServer((request, response) => {
    void answer(deps, request, response);
  });
  server.headersTimeout = 10_000;
  // A large layer over a slow line takes hours. The edge ends what does not move.
  server.requestTimeout = 0;
  // Longer than the edge keeps a connection, so that the edge never writes into a closing one.
  server.keepAliveTimeout = 10 * 60_000;
  return server;
}

async function answer(
  deps: ServerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', search] = (request.url ?? '').split(/\?(.*)/s);
  const exchange = { request, response, query: new URLSearchParams(search) };
  try {
    const upstreamId = request.headers[INTERNAL_HEADERS.mirrored.key]?.toString();
    if (upstreamId === undefined) await route(deps, exchange, path);
    else await routeMirrored(deps.mirror, exchange, upstreamId, path);
  } catch (error) {
    // A client that has gone gets no answer, and is not an error.
    if (request.socket.destroyed) return;
    if (response.headersSent) response.destroy();
    else sendError(exchange, toHostedError(error, deps.log));
  }
}

function toHostedError(error: unknown, log: Logger): HostedError {
  if (error instanceof HostedError) return error;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    return new HostedError(507, 'DENIED', 'no room: the disk of the store is full');
  }
  log.error({ err: error }, 'request for a hosted image failed');
  return new HostedError(500, 'UNKNOWN', 'an internal error; see the log of the cache');
}
