import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { INTERNAL_PATHS } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { QueueFullError, SourceLimitedError } from '../credentials/queue-errors.ts';
import { clientOf } from '../routes/client.ts';
import { answerToken, type TokenDependencies } from '../routes/token.ts';
import { answerVerify, type VerifyDependencies } from '../routes/verify.ts';
import { type Answer, answerError } from './answer.ts';
import { FormError } from './read-form.ts';

export type AuthDependencies = TokenDependencies & VerifyDependencies & { readonly log: Logger };

/**
 * The authentication service, to be put on a unix socket: `/verify` for the edge alone (which
 * must not route there what comes from outside), `/token` for clients by way of the edge.
 */
export function createAuthServer(dependencies: AuthDependencies): Server {
  const server = createServer(async (request, response) => {
    try {
      send(request, response, await answer(request, response, dependencies));
    } catch (error) {
      // A client that has gone, in the middle of a body perhaps, gets no answer and is no failure.
      if (request.socket.destroyed) return;
      send(request, response, answerFailure(error, dependencies.log));
    }
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  // Longer than the edge keeps its own, so that it never writes into a closing connection.
  server.keepAliveTimeout = 60_000;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  dependencies: AuthDependencies,
): Promise<Answer> {
  const [path] = (request.url ?? '').split('?', 1);
  const route = `${request.method} ${path}`;
  const client = clientOf(request, response);
  if (route === `GET ${INTERNAL_PATHS.verify.name}`)
    return await answerVerify(request, client, dependencies);
  if (route === 'GET /token' || route === 'POST /token') {
    return await answerToken(request, client, dependencies);
  }
  if (path === INTERNAL_PATHS.verify.name || path === '/token') {
    return answerError(405, 'UNSUPPORTED', `${request.method} is not supported here`);
  }
  return answerError(404, 'UNSUPPORTED', 'there are only /token and /verify');
}

function answerFailure(error: unknown, log: Logger): Answer {
  if (error instanceof FormError) return answerError(error.status, 'UNSUPPORTED', error.message);
  if (error instanceof SourceLimitedError) {
    return answerError(429, 'TOOMANYREQUESTS', error.message, { 'retry-after': '1' });
  }
  if (error instanceof QueueFullError) {
    return answerError(503, 'UNAVAILABLE', error.message, { 'retry-after': '2' });
  }
  log.error({ err: error }, 'request failed');
  return answerError(500, 'UNKNOWN', 'authentication failed for a reason of its own; see the log');
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const body = answer.body ?? '';
  // What has not been read of a body is not worth reading: the connection goes with it.
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
