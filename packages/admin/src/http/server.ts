import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AnswerDeps } from '../answers/answer-deps.ts';
import { ANSWERS } from '../answers/answers.ts';
import { API_PREFIX, type Verb } from '../contract/verb.ts';
import { VERBS, type VerbName } from '../contract/verbs.ts';
import { ADMIN_ERROR_STATUS, AdminError } from './admin-error.ts';
import { readInput } from './read-input.ts';

/** Serves the verbs below `/api/v1/`. Who may ask is decided by who can reach it. */
export function createAdminServer(deps: AnswerDeps): Server {
  const server = createServer((request, response) => void respond(deps, request, response));
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  return server;
}

async function respond(
  deps: AnswerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    send(response, 200, await answer(deps, request));
  } catch (error) {
    // A client that has gone gets no answer, and is not an error.
    if (request.socket.destroyed) return;
    const { code, message } = toAdminError(error, deps);
    const allow = request.method === 'GET' ? 'POST' : 'GET';
    const headers = code === 'METHOD' ? { allow } : {};
    send(response, ADMIN_ERROR_STATUS[code], { errors: [{ code, message }] }, headers);
  } finally {
    // The rest of an unread body.
    request.resume();
  }
}

async function answer(deps: AnswerDeps, request: IncomingMessage): Promise<unknown> {
  const [path = '', search] = (request.url ?? '').split(/\?(.*)/s);
  const name = path.startsWith(API_PREFIX) ? path.slice(API_PREFIX.length) : '';
  if (!isVerb(name)) {
    const accepted = Object.keys(VERBS).join(', ');
    throw new AdminError('UNSUPPORTED', `no such page; below ${API_PREFIX} there are ${accepted}`);
  }
  const verb: Verb = VERBS[name];
  if (request.method !== verb.method) {
    throw new AdminError(
      'METHOD',
      `${request.method} is not for ${name}; accepted: ${verb.method}`,
    );
  }
  const input = await readInput(verb, request, new URLSearchParams(search));
  // The schema of this verb has made the input.
  return ANSWERS[name](input as never, deps);
}

function isVerb(name: string): name is VerbName {
  return Object.hasOwn(VERBS, name);
}

function toAdminError(error: unknown, { log }: AnswerDeps): AdminError {
  if (error instanceof AdminError) return error;
  log.error({ err: error }, 'request failed');
  return new AdminError('UNKNOWN', 'an internal error; see the log of the cache');
}

function send(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${JSON.stringify(value)}\n`;
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}
