import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { AnswerDeps } from '../answers/answer-deps.ts';
import { ANSWERS } from '../answers/answers.ts';
import { AdminError, type AdminErrorCode } from '../contract/admin-error.ts';
import { API_PREFIX, type Verb } from '../contract/verb.ts';
import { VERBS, type VerbName } from '../contract/verbs.ts';
import type { FindOperator, Operator } from '../logins/operator.ts';
import { checkOrigin, checkRight, checkSite } from './check-request.ts';
import {
  isForPeople,
  LOGIN_PATHS,
  sendErrorNotice,
  sendLogin,
  sendLogout,
} from './login/send-login.ts';
import { endBody, openExchange } from './open-exchange.ts';
import { findPageDir } from './page/find-page-dir.ts';
import { readInput } from './read-input.ts';
import { toAdminError } from './to-admin-error.ts';
import { AnswerTurns } from './turns/answer-turns.ts';

export interface ServerDeps extends Omit<AnswerDeps, 'operator' | 'exchange'> {
  readonly findOperator: FindOperator;
}

/** The needs of a check of a request. */
type Asked = Pick<AnswerDeps, 'audit' | 'operator'> & {
  /** Waits for the turn of an answer. */
  readonly takeTurn: () => Promise<void>;
};

/** The name of the page where it is refused. */
const PAGE = { name: 'the page', method: 'GET' } as const;

/** Of a request, from its first byte to its last. A body that is no JSON has no such limit. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Serves the verbs below `/api/v1/`, the page at `/`, and the login of a browser. */
export function createAdminServer(deps: ServerDeps): Server {
  const turns = new AnswerTurns();
  const server = createServer((request, response) => void respond(deps, turns, request, response));
  server.headersTimeout = 10_000;
  // It could not be longer for one verb: each request has a timer of its own.
  server.requestTimeout = 0;
  return server;
}

async function respond(
  deps: ServerDeps,
  turns: AnswerTurns,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const late = setTimeout(() => {
    if (!request.complete) request.destroy();
  }, REQUEST_TIMEOUT_MS);
  late.unref();
  // Not at the end of the answer: the rest of a refused body may come without an end.
  request.once('close', () => clearTimeout(late));
  const [path = '', search] = (request.url ?? '').split(/\?(.*)/s);
  try {
    if (path === LOGIN_PATHS.logout) {
      // Another site may not log an operator out.
      checkSite(request);
      // Before the login is looked at: a wrong one is forgotten, too.
      return sendLogout(request, response);
    }
    const operator = await deps.findOperator(request);
    const who = operator.user ?? String(request.headers[INTERNAL_HEADERS.source.key] ?? '');
    const asked = { ...deps, operator, takeTurn: () => turns.take(who, response) };
    if (path.startsWith(API_PREFIX)) {
      const name = path.slice(API_PREFIX.length);
      const exchange = openExchange(request, response, () => clearTimeout(late));
      const output = await answer(name, search, request, { ...asked, exchange });
      if (response.headersSent) endBody(response, output);
      else send(response, 200, output);
    } else if (path === LOGIN_PATHS.login) {
      sendLogin(operator, response);
    } else {
      await sendPage(path, request, response, asked);
    }
  } catch (error) {
    // A client that has gone gets no answer, and is not an error.
    if (response.destroyed) return;
    if (response.headersSent) {
      deps.log.error({ err: error }, 'answer cut');
      response.destroy();
      return;
    }
    const { code, status, message, allow } = toAdminError(error, deps);
    const headers = allow === undefined ? headersOf(code) : { allow };
    if (!path.startsWith(API_PREFIX) && isForPeople(request)) {
      sendErrorNotice(request, response, { code, status, message }, headers);
    } else send(response, status, { errors: [{ code, message }] }, headers);
  } finally {
    // The rest of an unread body.
    request.resume();
  }
}

/** Headers that a client needs besides the message. */
function headersOf(code: AdminErrorCode): Record<string, string> {
  if (code === 'TOOMANYREQUESTS' || code === 'UNAVAILABLE') return { 'retry-after': '1' };
  return code === 'UNAUTHORIZED' ? { 'www-authenticate': 'Basic realm="registry-cache"' } : {};
}

async function answer(
  name: string,
  search: string | undefined,
  request: IncomingMessage,
  deps: AnswerDeps & Asked,
): Promise<unknown> {
  if (!isVerb(name)) throw createNoPage();
  const verb: Verb = VERBS[name];
  if (request.method !== verb.method) {
    const message = `${request.method} is not for ${name}; accepted: ${verb.method}`;
    throw new AdminError('METHOD', message, { allow: verb.method });
  }
  checkOperator(verb, `the verb ${name}`, deps);
  checkSite(request);
  if (verb.method === 'POST') checkOrigin(verb, request);
  // Changes are few: the audit log has each, and only some run at a time.
  else await deps.takeTurn();
  const input = await readInput(verb, request, new URLSearchParams(search));
  if (verb.method === 'POST') noteChange(verb, input, deps);
  // The schema of this verb has made the input.
  return ANSWERS[name](input as never, deps);
}

/** Its code is loaded at the first request: most caches run for weeks until somebody opens the page. */
async function sendPage(
  path: string,
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  deps: Asked,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') throw createNoPage();
  checkOperator(PAGE, PAGE.name, deps);
  await deps.takeTurn();
  const { readPageFile } = await import('./page/read-page-file.ts');
  const file = await readPageFile(findPageDir(), path, headers);
  if (file === undefined) throw createNoPage();
  response.writeHead(file.status, file.headers).end(method === 'HEAD' ? undefined : file.body);
}

function createNoPage(): AdminError {
  const accepted = Object.keys(VERBS).join(', ');
  return new AdminError('UNSUPPORTED', `no such page; below ${API_PREFIX} there are ${accepted}`);
}

function checkOperator(
  asked: Pick<Verb, 'name' | 'method'>,
  because: string,
  { audit, operator }: Asked,
): void {
  try {
    checkRight(operator, asked);
  } catch (error) {
    audit.record({ event: 'refusal', ...whoOf(operator), because });
    throw error;
  }
}

/** For the audit log, before anything is changed: a change that fails was asked for, too. */
function noteChange(verb: Verb, input: unknown, { audit, operator }: Asked): void {
  const because = `${verb.name} ${JSON.stringify(input)}`;
  audit.record({ event: 'change', ...whoOf(operator), because });
}

function whoOf({ user, address, way }: Operator) {
  return { user, from: address, way } as const;
}

function isVerb(name: string): name is VerbName {
  return Object.hasOwn(VERBS, name);
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
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
      ...headers,
    })
    .end(body);
}
