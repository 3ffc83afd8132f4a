import type { IncomingMessage, ServerResponse } from 'node:http';
import { INTERNAL_HEADERS, INTERNAL_PATHS, parseRegistryPath } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import type { RegistryError } from '../../wire/errors/registry-error.ts';
import type { AuthenticatedHandlerDeps } from '../server/authenticated-handler.ts';
import { callerUpstream } from '../server/boot-auth.ts';
import { refusal } from '../server/refusal.ts';
import { sendError } from '../server/respond.ts';
import { checkReply } from './check-reply.ts';
import { parseLogin } from './parse-login.ts';
import { planTrial } from './plan-trial.ts';

const PREFIX = INTERNAL_PATHS.try.name;

export type TrialDeps = Pick<AuthenticatedHandlerDeps, 'bootSecret' | 'refresh' | 'upstreams'> & {
  readonly log: Logger;
  readonly onTrial: (upstream: string, outcome: 'yes' | 'no' | 'failed') => void;
};

/**
 * Serves `/try/v2/…`, for the auth worker alone: whether the registry lets a client's own login pull
 * what the path names. 204 is yes. Everything else is an error in the OCI shape: that of the registry
 * or its token service, or the reason why it could not be asked.
 * @returns whether the request was one of these.
 */
export async function serveTrial(
  deps: TrialDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (!request.url?.startsWith(`${PREFIX}/`)) return false;
  const id = callerUpstream(request, await deps.bootSecret());
  await deps.refresh();
  const lease = id === undefined ? undefined : deps.upstreams.lease(id);
  // Logins of clients go to no other registry, whatever the caller asks for.
  if (lease?.upstream.triesLogins !== true) {
    lease?.release();
    sendError(response, refusal(404, 'request', 'no such upstream tries logins'));
    return true;
  }
  const { key } = lease.upstream;
  try {
    await tryLogin(lease, request, response);
    deps.onTrial(key, 'yes');
    response.writeHead(204).end();
  } catch (error) {
    if (response.destroyed) return true;
    const failure = toRegistryError(error, key);
    deps.onTrial(key, isNo(failure) ? 'no' : 'failed');
    report(deps.log, key, failure);
    sendError(response, failure);
  } finally {
    lease.release();
  }
  return true;
}

/** @throws RegistryError unless the answer is yes. */
async function tryLogin(
  { upstream, client }: Lease,
  { url = '', headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = parseRegistryPath(url.slice(PREFIX.length));
  if (path === undefined) throw refusal(404, 'request', 'not the path of a pull');
  const login = parseLogin(headers[INTERNAL_HEADERS.clientAuthorization.key]?.toString());
  if (login === undefined) {
    throw refusal(400, 'request', 'a login is needed: Basic, or Bearer with a token');
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const trial = { ...planTrial(path), repository: path.repository, signal: gone.signal };
  await checkReply(await client.tryLogin(login, trial), upstream.key, path.kind);
}

/** Whether the registry itself said no. */
function isNo({ status, phase }: RegistryError): boolean {
  return (phase === 'upstream-status' || phase === 'token') && [401, 403, 404].includes(status);
}

function report(log: Logger, upstream: string, failure: RegistryError): void {
  const { status, phase, message } = failure;
  const level = isNo(failure) || phase === 'circuit-open' || phase === 'offline' ? 'debug' : 'warn';
  log[level]({ upstream, status, phase, err: message }, 'a login of a client was not confirmed');
}
