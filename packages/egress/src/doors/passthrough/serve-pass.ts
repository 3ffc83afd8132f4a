import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type EgressOptions,
  type EgressUpstream,
  INTERNAL_HEADERS,
  INTERNAL_PATHS,
} from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import { notHere } from '../../cache/here/not-here.ts';
import type { KnownLogins } from '../../upstream/auth/logins.ts';
import { chooseScheme } from '../../upstream/auth/scheme.ts';
import type { Lease } from '../../upstream/client/upstreams.ts';
import { toRegistryError } from '../../upstream/errors/to-registry-error.ts';
import { TransportError } from '../../wire/transport/failure.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { AuthenticatedHandlerDeps } from '../server/authenticated-handler.ts';
import { callerUpstream } from '../server/boot-auth.ts';
import { readNoFetch } from '../server/read-request.ts';
import { readRequestId } from '../server/request-id.ts';
import { sendError, sendJson, sendText } from '../server/respond.ts';
import { pass } from './pass.ts';
import { PLACEHOLDER_TOKEN, TOKEN_PATH, type TokenRealms, urlOfToken } from './token-realm.ts';

const PREFIX = INTERNAL_PATHS.pass.name;

export type PassDeps = Pick<AuthenticatedHandlerDeps, 'bootSecret' | 'refresh' | 'upstreams'> & {
  readonly log: Logger;
  readonly pushOptions: () => EgressOptions['push'];
  readonly realms: TokenRealms;
  readonly hasLogin: (upstreamId: string) => Promise<KnownLogins>;
  /** Whether rules of access are in force. The edge passes no other pages of a registry on then. */
  readonly hasRules: () => boolean;
};

/**
 * Serves `/pass/…`, for the edge alone: passes requests that are not pulls to the registry itself.
 * @returns whether the request was one of these.
 */
export async function servePass(
  deps: PassDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (!request.url?.startsWith(`${PREFIX}/`)) return false;
  const path = request.url.slice(PREFIX.length);
  const id = callerUpstream(request, await deps.bootSecret());
  await deps.refresh();
  const lease = id === undefined ? undefined : deps.upstreams.lease(id);
  if (lease === undefined) {
    sendText(response, 404, 'no such upstream\n', { 'content-type': 'text/plain' });
    return true;
  }
  try {
    const refusal = readNoFetch(request.headers[INTERNAL_HEADERS.noFetch.key]);
    if (refusal !== undefined) throw notHere(refusal);
    if (!(await serveToken(deps, lease, path, request, response))) {
      const onReply = isPing(path) ? await challengeOf(deps, lease, request) : undefined;
      await pass(
        lease,
        { path, ...deps.pushOptions(), ...(onReply && { onReply }) },
        request,
        response,
      );
    }
  } catch (error) {
    await answerFailure(deps, lease.upstream.key, path, error, request, response);
  } finally {
    lease.release();
  }
  return true;
}

/** @returns whether the request was for the cache's token path. */
async function serveToken(
  { realms, pushOptions }: PassDeps,
  lease: Lease,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (path.split('?')[0] !== TOKEN_PATH) return false;
  const { origin } = new URL(lease.upstream.url);
  const realm = realms.of(lease.upstream.id);
  const isAnonymous =
    request.method === 'GET' &&
    request.headers[INTERNAL_HEADERS.clientAuthorization.key] === undefined;
  if (realm === undefined || (isAnonymous && realm.isOurs)) {
    sendJson(response, 200, PLACEHOLDER_TOKEN);
    return true;
  }
  const url = urlOfToken(realm, path);
  if (url.protocol === 'http:' && origin.startsWith('https:')) {
    throw new TransportError('guard', `refused to send credentials to ${url.host} over plain http`);
  } else await pass(lease, { path: url, ...pushOptions() }, request, response);
  return true;
}

/**
 * Replaces a challenge if the cache has credentials for the whole registry: pulls need no login
 * then. While rules are in force it also replaces one that leads to the registry's own host, because
 * the edge passes no page of that on.
 */
async function challengeOf(
  { realms, hasLogin, hasRules }: PassDeps,
  { upstream }: Lease,
  { headers: { host = '' } }: IncomingMessage,
): Promise<((reply: Reply) => Record<string, string>) | undefined> {
  const isWhole = !upstream.key.includes('/');
  const known = await hasLogin(upstream.id);
  return (reply) => {
    const realm = chooseScheme(reply.headers['www-authenticate'], '');
    if (realm?.kind !== 'bearer') return {};
    const isOurs = isWhole && (known.own || isTied(realm.realm, upstream, known));
    const isHidden = hasRules() && hasHost(realm.realm, [new URL(upstream.url).host, host]);
    const challenge =
      isOurs || isHidden ? realms.replace(upstream.id, reply, host, isOurs) : undefined;
    return challenge === undefined ? {} : { 'www-authenticate': challenge };
  };
}

function hasHost({ host }: URL, hosts: readonly string[]): boolean {
  return hosts.some((one) => one.toLowerCase().replace(/:443$/, '') === host);
}

/** Whether the cache has a login at this token service, and the upstream may use it. */
function isTied({ protocol, host }: URL, upstream: EgressUpstream, known: KnownLogins): boolean {
  return protocol === 'https:' && upstream.realms.includes(host) && known.realms.has(host);
}

function isPing(path: string): boolean {
  return path === '/v2/' || path === '/v2';
}

async function answerFailure(
  { log }: PassDeps,
  key: string,
  path: string,
  error: unknown,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (response.destroyed) return;
  const failure = toRegistryError(error, key);
  const id = readRequestId(headers);
  const fields = { id, upstream: key, method, path: path.split('?')[0], err: failure.message };
  if (response.headersSent) {
    log.warn(fields, 'a passed-through exchange broke off');
    response.destroy();
  } else if (isPing(path) && failure.phase !== 'access') {
    // A client that only pulls needs no login for stored content.
    sendJson(response, 200, '{}');
  } else {
    log.warn(fields, 'could not pass a request through');
    sendError(response, failure);
  }
}
