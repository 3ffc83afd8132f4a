import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { ANONYMOUS, basicAuthorization, bearerAuthorization, type Login } from './login.ts';
import type { Logins } from './logins.ts';
import type { Ping } from './ping.ts';
import { checkRealm, loginAt } from './realm-login.ts';
import type { Recipient } from './recipient.ts';
import { chooseScheme, type Scheme } from './scheme.ts';
import type { SchemeMemory } from './scheme-memory.ts';
import type { TokenCache } from './token-cache.ts';
import { requestToken, type SendToRealm, TokenRefusedError } from './token-request.ts';

export interface AuthorizeDeps {
  readonly recipient: Recipient;
  readonly logins: Logins;
  readonly memory: SchemeMemory;
  readonly ping: Ping;
  readonly tokens: TokenCache;
  readonly sendToRealm: SendToRealm;
}

/** One send without Authorization, one with a remembered token, one with a fresh one. */
const MAX_SENDS = 3;
/** Statuses by which registries or their storage refuse a bare request without a challenge. */
const UNCHALLENGED = new Set([401, 403, 404]);

/** Sends a request with this Authorization. */
type SendProven = (authorization: string | undefined) => Promise<Reply>;

/**
 * Sends a request with the Authorization that the recipient wants. Reads the login anew each time. A
 * login that may have ended is replaced once, if that is possible.
 * @throws TokenRefusedError, TransportError, or Error if a helper, a cloud or a token service
 * misbehaves.
 */
export async function sendAuthorized(
  deps: AuthorizeDeps,
  repository: string,
  send: SendProven,
): Promise<Reply> {
  const { recipient, logins } = deps;
  const { loginId } = recipient;
  if (loginId === undefined) return sendAs(deps, ANONYMOUS, repository, send);
  const login = await logins.current(loginId);
  const first = await sendAs(deps, login, repository, send).catch((error: unknown) => {
    if (error instanceof TokenRefusedError) return error;
    throw error;
  });
  const reply = first instanceof TokenRefusedError ? first.reply : first;
  const next = mayHaveEnded(first, recipient) ? await logins.replace(loginId, login) : undefined;
  if (next !== undefined) {
    await discard(reply);
    return sendAs(deps, next, repository, send);
  }
  if (first instanceof TokenRefusedError) throw first;
  return first;
}

/** Some registries, such as ECR, tell by 403 that a login has ended. */
function mayHaveEnded(outcome: Reply | TokenRefusedError, { origin }: Recipient): boolean {
  if (outcome instanceof TokenRefusedError) return outcome.reply.status < 500;
  const { status, url } = outcome;
  return (status === 401 || status === 403) && url.origin === origin;
}

/** After a 401 it sends again only while there is a different Authorization to try. */
async function sendAs(
  deps: AuthorizeDeps,
  login: Login,
  repository: string,
  send: SendProven,
): Promise<Reply> {
  const { recipient, logins, memory } = deps;
  let proof = await proveFromMemory(deps, repository, login);
  for (let sends = 1; ; sends += 1) {
    const reply = await send(proof?.authorization);
    const scheme = await schemeAfter(deps, repository, reply, proof);
    if (scheme === undefined && !isRefused(recipient, reply)) return reply;
    const next =
      sends === MAX_SENDS ? undefined : await anotherProof(deps, scheme, login, proof, reply);
    if (next === undefined) {
      if (isRefused(recipient, reply) && recipient.loginId !== undefined)
        logins.refused(recipient.loginId);
      return reply;
    }
    if (scheme !== undefined) memory.learn(repository, scheme);
    await discard(reply);
    proof = next;
  }
}

interface Proof {
  readonly authorization: string;
  /** Key of the token in the cache. Empty for Basic and for a registry token. */
  readonly key: string;
  readonly stale: boolean;
}

/** After a redirect, another host answers. Its 401 says nothing about this recipient. */
function isRefused({ origin }: Recipient, { status, url }: Reply): boolean {
  return status === 401 && url.origin === origin;
}

/** The scheme that the recipient wants: by its 401, or by `/v2/` if it refused a bare request. */
async function schemeAfter(
  { recipient, ping }: AuthorizeDeps,
  repository: string,
  reply: Reply,
  proof: Proof | undefined,
): Promise<Scheme | undefined> {
  const named = chooseScheme(reply.headers['www-authenticate'], repository);
  if (reply.status === 401 && named !== undefined) {
    return reply.url.origin === recipient.origin ? named : undefined;
  }
  const isOpen = proof === undefined && UNCHALLENGED.has(reply.status);
  return isOpen ? ping.scheme(repository) : undefined;
}

/** As `nextProof`. Discards the reply if that fails, because its reader is gone then. */
async function anotherProof(
  deps: AuthorizeDeps,
  scheme: Scheme | undefined,
  login: Login,
  refused: Proof | undefined,
  reply: Reply,
): Promise<Proof | undefined> {
  try {
    return await nextProof(deps, scheme, login, refused);
  } catch (error) {
    await discard(reply);
    throw error;
  }
}

/** An Authorization that differs from the refused one, if there is one. */
async function nextProof(
  deps: AuthorizeDeps,
  scheme: Scheme | undefined,
  login: Login,
  refused: Proof | undefined,
): Promise<Proof | undefined> {
  if (scheme?.kind === 'bearer' && refused !== undefined) {
    const known = await loginAt(deps, scheme.realm, login);
    const key = tokenKey(deps.recipient, scheme, known);
    if (refused.key === key && !refused.stale) return undefined;
    if (refused.key === key) {
      deps.tokens.drop(key, refused.authorization.replace(/^Bearer /, ''));
    }
  }
  const next = await prove(deps, scheme, login);
  return next?.authorization === refused?.authorization ? undefined : next;
}

/** Forgets a scheme that leads to no token: the upstream may have moved its token service. */
async function proveFromMemory(
  deps: AuthorizeDeps,
  repository: string,
  login: Login,
): Promise<Proof | undefined> {
  const { memory } = deps;
  try {
    return await prove(deps, memory.recall(repository), login);
  } catch (error) {
    memory.forget(repository);
    throw error;
  }
}

async function prove(
  deps: AuthorizeDeps,
  scheme: Scheme | undefined,
  login: Login,
): Promise<Proof | undefined> {
  if (scheme === undefined) return undefined;
  if (scheme.kind === 'basic') {
    const authorization = basicAuthorization(login);
    return authorization === undefined ? undefined : { authorization, key: '', stale: false };
  }
  // As in docker: the token is for the registry, even if it names a token service.
  const ready = bearerAuthorization(login);
  if (ready !== undefined) return { authorization: ready, key: '', stale: false };
  const { recipient, logins, tokens, sendToRealm } = deps;
  const known = await loginAt(deps, scheme.realm, login);
  checkRealm(recipient, scheme.realm, known);
  const key = tokenKey(recipient, scheme, known);
  const { value, stale } = await tokens
    .get(key, () => requestToken(sendToRealm, scheme, known))
    .catch((error: unknown) => {
      // The token service answers for the upstream, so its refusal counts like one of the upstream.
      if (error instanceof TokenRefusedError && recipient.loginId !== undefined) {
        logins.refused(recipient.loginId);
      }
      throw error;
    });
  return { authorization: `Bearer ${value}`, key, stale };
}

/** A token is valid only for the registry, login and repository that it was requested for. */
function tokenKey(
  { origin }: Recipient,
  { realm, service, scope }: Extract<Scheme, { kind: 'bearer' }>,
  login: Login,
): string {
  return JSON.stringify([origin, realm.href, service, scope, login.fingerprint]);
}
