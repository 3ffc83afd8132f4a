import { parseUpstreamMessage } from '../../wire/errors/upstream-message.ts';
import { discard, readCapped } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { basicAuthorization, bearerAuthorization, type Login } from '../auth/login.ts';
import type { Logins } from '../auth/logins.ts';
import { checkRealm, loginAt } from '../auth/realm-login.ts';
import type { Recipient } from '../auth/recipient.ts';
import { chooseScheme, type Scheme } from '../auth/scheme.ts';
import { requestToken, type SendToRealm, TokenRefusedError } from '../auth/token-request.ts';
import { type ProbeFailure, toProbeFailure } from './probe-failure.ts';

/** How a login fared at a registry that asks for one. */
export interface ProbedLogin {
  readonly kind: Login['kind'] | 'none';
  /** The URL of the token service; undefined where the registry names none. */
  readonly realm: string | undefined;
  readonly outcome: LoginOutcome;
}

export type LoginOutcome =
  | { readonly kind: 'accepted' }
  /** The registry asks for a login in no way that this cache knows. */
  | { readonly kind: 'challenge'; readonly header: string }
  | {
      readonly kind: 'refused';
      readonly by: 'registry' | 'token service';
      readonly status: number;
      /** The words of the service; empty if there are none. */
      readonly message: string;
    }
  | ProbeFailure;

export interface ProbeLoginDeps {
  readonly recipient: Recipient;
  readonly logins: Logins;
  readonly sendToRealm: SendToRealm;
  /** A GET of /v2/ with this Authorization. */
  readonly ask: (authorization: string) => Promise<Reply>;
}

const BODY_LIMIT_BYTES = 65_536;

/**
 * Answers the challenge of a registry with the operator's login, as a pull would, and asks /v2/
 * with it. The token is for no repository, so it counts for no limit of pulls.
 */
export async function probeLogin(
  deps: ProbeLoginDeps,
  challenge: string | readonly string[] | undefined,
): Promise<ProbedLogin> {
  const scheme = chooseScheme(challenge, '');
  const realm = scheme?.kind === 'bearer' ? scheme.realm.href : undefined;
  if (scheme === undefined) {
    const header = [challenge ?? []].flat().join(', ');
    return { kind: 'none', realm, outcome: { kind: 'challenge', header } };
  }
  const { recipient, logins } = deps;
  let own: Login;
  try {
    own = await logins.current(recipient.loginId ?? '');
  } catch (error) {
    return { kind: 'none', realm, outcome: toProbeFailure(error, 'credentials') };
  }
  try {
    const login = scheme.kind === 'bearer' ? await loginAt(deps, scheme.realm, own) : own;
    return { kind: login.kind, realm, outcome: await tryLogin(deps, scheme, login) };
  } catch (error) {
    return { kind: own.kind, realm, outcome: toProbeFailure(error, 'credentials') };
  }
}

async function tryLogin(deps: ProbeLoginDeps, scheme: Scheme, login: Login): Promise<LoginOutcome> {
  const proof = await prove(deps, scheme, login);
  if (typeof proof !== 'string') return proof;
  const reply = await deps.ask(proof);
  if (reply.status === 401 || reply.status === 403) {
    const { status } = reply;
    return { kind: 'refused', by: 'registry', status, message: await readMessage(reply) };
  }
  await discard(reply);
  return { kind: 'accepted' };
}

/** The Authorization that the registry wants, or the refusal to give one. */
async function prove(
  { recipient, sendToRealm }: ProbeLoginDeps,
  scheme: Scheme,
  login: Login,
): Promise<string | LoginOutcome> {
  if (scheme.kind === 'basic') {
    const refused = { kind: 'refused', by: 'registry', status: 401, message: '' } as const;
    return basicAuthorization(login) ?? refused;
  }
  const ready = bearerAuthorization(login);
  if (ready !== undefined) return ready;
  checkRealm(recipient, scheme.realm, login);
  try {
    const { value } = await requestToken(sendToRealm, { ...scheme, scope: '' }, login);
    return `Bearer ${value}`;
  } catch (error) {
    if (!(error instanceof TokenRefusedError)) throw error;
    const { reply } = error;
    const message = await readMessage(reply);
    return { kind: 'refused', by: 'token service', status: reply.status, message };
  }
}

async function readMessage(reply: Reply): Promise<string> {
  const { bytes } = await readCapped(reply, BODY_LIMIT_BYTES).catch(() => ({
    bytes: Buffer.alloc(0),
  }));
  const { code, message } = parseUpstreamMessage(bytes.toString('utf8'));
  return message || code;
}
