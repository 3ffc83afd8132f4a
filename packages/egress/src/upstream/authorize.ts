import { basicAuthorization, type Login } from '../auth/login.ts';
import type { Logins } from '../auth/logins.ts';
import { chooseScheme, type Scheme } from '../auth/scheme.ts';
import type { SchemeMemory } from '../auth/scheme-memory.ts';
import type { TokenCache } from '../auth/token-cache.ts';
import { requestToken, type SendToRealm, TokenRefusedError } from '../auth/token-request.ts';
import { discard } from '../transport/reply.ts';
import type { Reply } from '../transport/transport.ts';

export interface AuthorizeTools {
  readonly upstreamId: string;
  /** Not where anybody may name the upstream: it could ask for a token with somebody's login. */
  readonly usesRealmLogins: boolean;
  /** Only answers of this origin are challenges; a CDN's 401 is just an error. */
  readonly origin: string;
  readonly logins: Logins;
  readonly memory: SchemeMemory;
  readonly tokens: TokenCache;
  readonly sendToRealm: SendToRealm;
}

/** One send without Authorization, one with a remembered token, one with a fresh one. */
const MAX_SENDS = 3;

/**
 * Sends a request with what the upstream wants to see. The login is read anew each time; a 401
 * leads to another send only while there is a different Authorization to try.
 * @throws TokenRefusedError, TransportError, or Error where a helper or token service misbehaves.
 */
export async function sendAuthorized(
  tools: AuthorizeTools,
  repository: string,
  send: (authorization: string | undefined) => Promise<Reply>,
): Promise<Reply> {
  const { upstreamId, origin, logins, memory } = tools;
  const login = await logins.current(upstreamId);
  let proof = await proveFromMemory(tools, repository, login);
  for (let sends = 1; ; sends += 1) {
    const reply = await send(proof?.authorization);
    if (reply.status !== 401 || reply.url.origin !== origin) return reply;
    const scheme = chooseScheme(reply.headers['www-authenticate'], repository);
    const next = sends === MAX_SENDS ? undefined : await nextProof(tools, scheme, login, proof);
    if (next === undefined) {
      logins.refused(upstreamId);
      return reply;
    }
    if (scheme !== undefined) memory.learn(repository, scheme);
    await discard(reply);
    proof = next;
  }
}

interface Proof {
  readonly authorization: string;
  /** Where the token is cached; empty for Basic. */
  readonly key: string;
  readonly stale: boolean;
}

/** Another Authorization than the refused one, if there is any. */
async function nextProof(
  tools: AuthorizeTools,
  scheme: Scheme | undefined,
  login: Login,
  refused: Proof | undefined,
): Promise<Proof | undefined> {
  if (scheme?.kind === 'bearer' && refused !== undefined) {
    const key = tokenKey(scheme, await realmLogin(tools, scheme, login));
    if (refused.key === key && !refused.stale) return undefined;
    if (refused.key === key) {
      await tools.tokens.drop(key, refused.authorization.replace(/^Bearer /, ''));
    }
  }
  const next = await prove(tools, scheme, login);
  return next?.authorization === refused?.authorization ? undefined : next;
}

/** A memory that leads to no token is given up: the upstream may have moved its token service. */
async function proveFromMemory(
  tools: AuthorizeTools,
  repository: string,
  login: Login,
): Promise<Proof | undefined> {
  const { memory } = tools;
  try {
    return await prove(tools, memory.recall(repository), login);
  } catch (error) {
    memory.forget(repository);
    throw error;
  }
}

async function prove(
  tools: AuthorizeTools,
  scheme: Scheme | undefined,
  login: Login,
): Promise<Proof | undefined> {
  if (scheme === undefined) return undefined;
  if (scheme.kind === 'basic') {
    const authorization = basicAuthorization(login);
    return authorization === undefined ? undefined : { authorization, key: '', stale: false };
  }
  const known = await realmLogin(tools, scheme, login);
  const key = tokenKey(scheme, known);
  const { value, stale } = await tools.tokens
    .get(key, () => requestToken(tools.sendToRealm, scheme, known))
    .catch((error: unknown) => {
      // The token service speaks for the upstream: a refusal of either is a refused login.
      if (error instanceof TokenRefusedError) tools.logins.refused(tools.upstreamId);
      throw error;
    });
  return { authorization: `Bearer ${value}`, key, stale };
}

/** An upstream without credentials may name a token service for which there are some. */
async function realmLogin(
  { logins, usesRealmLogins }: AuthorizeTools,
  { realm }: Extract<Scheme, { kind: 'bearer' }>,
  login: Login,
): Promise<Login> {
  return login.kind === 'anonymous' && usesRealmLogins ? logins.ofRealm(realm.host) : login;
}

function tokenKey(scheme: Extract<Scheme, { kind: 'bearer' }>, login: Login): string {
  return JSON.stringify([scheme.realm.href, scheme.service, scheme.scope, login.fingerprint]);
}
