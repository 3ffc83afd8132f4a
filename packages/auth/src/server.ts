import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { INTERNAL_PATHS } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { FormError } from './http/read-form.ts';
import { type AuthResponse, errorResponse } from './http/response.ts';
import { IssuerDownError } from './issuers/errors.ts';
import { QueueFullError, SourceLimitedError } from './limits/queue-errors.ts';
import { clientOf } from './routes/client.ts';
import { type ConfirmDeps, handleConfirm } from './routes/confirm.ts';
import { type DecideDeps, handleDecide } from './routes/decide.ts';
import { handleToken, type TokenDeps } from './routes/token.ts';
import { handleVerify, type VerifyDeps } from './routes/verify.ts';

export interface AuthDeps extends TokenDeps, VerifyDeps {
  readonly decide: DecideDeps;
  readonly confirm: ConfirmDeps;
  readonly log: Logger;
}

/** More than the edge accepts, whose refusal says why: tokens with many groups are long. */
const MAX_HEADER_BYTES = 128 * 1024;

const FOR_THE_EDGE = [INTERNAL_PATHS.verify, INTERNAL_PATHS.decide, INTERNAL_PATHS.confirm];

/**
 * The authentication service, to listen on a unix socket. `/alive`, `/verify`, `/decide` and
 * `/confirm` are for the edge alone, which must not route requests from outside to them. `/token` is
 * for clients, by way of the edge.
 */
export function createAuthServer(deps: AuthDeps): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, async (request, response) => {
    try {
      send(request, response, await handle(request, response, deps));
    } catch (error) {
      // A client that has gone, maybe in the middle of a body, gets no response and is not an
      // error.
      if (request.socket.destroyed) return;
      send(request, response, failureResponse(error, deps.log));
    }
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  // Longer than the edge's own timeout, so that the edge never writes into a closing connection.
  server.keepAliveTimeout = 60_000;
  return server;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  deps: AuthDeps,
): Promise<AuthResponse> {
  const [path] = (request.url ?? '').split('?', 1);
  const route = `${request.method} ${path}`;
  const client = clientOf(request, response);
  if (route === `GET ${INTERNAL_PATHS.alive.name}`) return { status: 204 };
  if (route === `GET ${INTERNAL_PATHS.verify.name}`)
    return await handleVerify(request, client, deps);
  if (route === `GET ${INTERNAL_PATHS.decide.name}`) {
    return await handleDecide(request, deps.decide);
  }
  if (route === `GET ${INTERNAL_PATHS.confirm.name}`) {
    return await handleConfirm(request, client, deps.decide, deps.confirm);
  }
  if (route === 'GET /token' || route === 'POST /token') {
    return await handleToken(request, client, deps);
  }
  if (path === '/token' || FOR_THE_EDGE.some(({ name }) => name === path)) {
    return errorResponse(405, 'UNSUPPORTED', `${request.method} is not supported here`);
  }
  return errorResponse(404, 'UNSUPPORTED', 'nothing is served here but /token');
}

function failureResponse(error: unknown, log: Logger): AuthResponse {
  if (error instanceof FormError) return errorResponse(error.status, 'UNSUPPORTED', error.message);
  if (error instanceof SourceLimitedError) {
    return errorResponse(429, 'TOOMANYREQUESTS', error.message, { 'retry-after': '1' });
  }
  if (error instanceof QueueFullError) {
    return errorResponse(503, 'UNAVAILABLE', error.message, { 'retry-after': '2' });
  }
  if (error instanceof IssuerDownError) {
    return errorResponse(503, 'UNAVAILABLE', error.message, { 'retry-after': '5' });
  }
  log.error({ err: error }, 'request failed');
  return errorResponse(500, 'UNKNOWN', 'authentication failed by an internal error; see the log');
}

function send(request: IncomingMessage, response: ServerResponse, answer: AuthResponse): void {
  const body = answer.body ?? '';
  // The rest of an unread body is not worth reading, so the connection is closed.
  const close = request.complete ? {} : { connection: 'close' };
  response
    .writeHead(answer.status, {
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
      ...close,
      ...answer.headers,
    })
    .end(body);
}
