import { discard } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { ANONYMOUS, basicAuthorization, type Login } from './login.ts';
import type { Logins } from './logins.ts';
import type { Party } from './party.ts';
import type { Ping } from './ping.ts';
import { checkRealm, loginAt } from './realm-login.ts';
import { chooseScheme, type Scheme } from './scheme.ts';
import type { SchemeMemory } from './scheme-memory.ts';
import type { TokenCache } from './token-cache.ts';
import { requestToken, type SendToRealm, TokenRefusedError } from './token-request.ts';

export interface AuthorizeDeps {
  readonly party: Party;
  readonly logins: Logins;
  readonly memory: SchemeMemory;
  readonly ping: Ping;
  readonly tokens: TokenCache;
  readonly sendToRealm: SendToRealm;
}

/** One send without Authorization, one with a remembered token, one with a fresh one. */
const MAX_SENDS = 3;
/** What registries say to a bare request in place of a challenge, or what their storage says. */
const UNCHALLENGED = new Set([401, 403, 404]);

/**
 * Sends a request with what the party wants to see. The login is read anew each time; a 401
 * leads to another send only while there is a different Authorization to try.
 * @throws TokenRefusedError, TransportError, or Error where a helper or token service misbehaves.
 */
export async function sendAuthorized(
  tools: AuthorizeDeps,
  repository: string,
  send: (authorization: string | undefined) => Promise<Reply>,
): Promise<Reply> {
  const { party, logins, memory } = tools;
  const login = party.loginId === undefined ? ANONYMOUS : await logins.current(party.loginId);
  let proof = await proveFromMemory(tools, repository, login);
  for (let sends = 1; ; sends += 1) {
    const reply = await send(proof?.authorization);
    const scheme = await schemeAfter(tools, repository, reply, proof);
    if (scheme === undefined && !isRefused(party, reply)) return reply;
    const next =
      sends === MAX_SENDS ? undefined : await anotherProof(tools, scheme, login, proof, reply);
    if (next === undefined) {
      if (isRefused(party, reply) && party.loginId !== undefined) logins.refused(party.loginId);
      return reply;
    }
    if (scheme !== undefined) memory.learn(repository, scheme);
    await discard(reply);
    proof = next;
  }
}

interface Proof {
  readonly authorization: string;
  /** Where the token is cached; empty for Basic, and for a token that was brought. */
  readonly key: string;
  readonly stale: boolean;
}

/** A redirect leads to others, whose 401 is no word of this party. */
function isRefused({ origin }: Party, { status, url }: Reply): boolean {
  return status === 401 && url.origin === origin;
}

/** What the party asks for: by the challenge of its 401, or by that at `/v2/` after a bare request. */
async function schemeAfter(
  { party, ping }: AuthorizeDeps,
  repository: string,
  reply: Reply,
  proof: Proof | undefined,
): Promise<Scheme | undefined> {
  const named = chooseScheme(reply.headers['www-authenticate'], repository);
  if (reply.status === 401 && named !== undefined) {
    return reply.url.origin === party.origin ? named : undefined;
  }
  const isOpen = proof === undefined && UNCHALLENGED.has(reply.status);
  return isOpen ? ping.scheme(repository) : undefined;
}

/** As `nextProof`; where that fails, nobody reads the reply any more. */
async function anotherProof(
  tools: AuthorizeDeps,
  scheme: Scheme | undefined,
  login: Login,
  refused: Proof | undefined,
  reply: Reply,
): Promise<Proof | undefined> {
  try {
    return await nextProof(tools, scheme, login, refused);
  } catch (error) {
    await discard(reply);
    throw error;
  }
}

/** Another Authorization than the refused one, if there is any. */
async function nextProof(
  tools: AuthorizeDeps,
  scheme: Scheme | undefined,
  login: Login,
  refused: Proof | undefined,
): Promise<Proof | undefined> {
  if (scheme?.kind === 'bearer' && refused !== undefined) {
    const known = await loginAt(tools, scheme.realm, login);
    const key = tokenKey(tools.party, scheme, known);
    if (refused.key === key && !refused.stale) return undefined;
    if (refused.key === key) {
      tools.tokens.drop(key, refused.authorization.replace(/^Bearer /, ''));
    }
  }
  const next = await prove(tools, scheme, login);
  return next?.authorization === refused?.authorization ? undefined : next;
}

/** A memory that leads to no token is given up: the upstream may have moved its token service. */
async function proveFromMemory(
  tools: AuthorizeDeps,
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
  tools: AuthorizeDeps,
  scheme: Scheme | undefined,
  login: Login,
): Promise<Proof | undefined> {
  if (scheme === undefined) return undefined;
  if (scheme.kind === 'basic') {
    const authorization = basicAuthorization(login);
    return authorization === undefined ? undefined : { authorization, key: '', stale: false };
  }
  // As docker does: for the registry alone, whatever token service it names.
  if (login.kind === 'registry-token') {
    return { authorization: `Bearer ${login.token.reveal()}`, key: '', stale: false };
  }
  const { party, logins, tokens, sendToRealm } = tools;
  const known = await loginAt(tools, scheme.realm, login);
  checkRealm(party, scheme.realm, known);
  const key = tokenKey(party, scheme, known);
  const { value, stale } = await tokens
    .get(key, () => requestToken(sendToRealm, scheme, known))
    .catch((error: unknown) => {
      // The token service speaks for the upstream: a refusal of either is a refused login.
      if (error instanceof TokenRefusedError && party.loginId !== undefined) {
        logins.refused(party.loginId);
      }
      throw error;
    });
  return { authorization: `Bearer ${value}`, key, stale };
}

/** A token counts for the registry, login and repository that it was asked for, and for no other. */
function tokenKey(
  { origin }: Party,
  { realm, service, scope }: Extract<Scheme, { kind: 'bearer' }>,
  login: Login,
): string {
  return JSON.stringify([origin, realm.href, service, scope, login.fingerprint]);
}
