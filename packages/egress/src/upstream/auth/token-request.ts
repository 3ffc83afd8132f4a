import { readCapped } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { basicAuthorization, type Login } from './login.ts';
import type { Scheme } from './scheme.ts';

export interface Token {
  readonly value: string;
  readonly lifetimeMs: number;
}

/** Sends a request to the token service. Redirects, retries and the guard are up to the caller. */
export type SendToRealm = (request: {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}) => Promise<Reply>;

/** Lifetime of a token without `expires_in`. */
const DEFAULT_LIFETIME_MS = 60_000;
const ANSWER_LIMIT_BYTES = 262_144;

/** A refusal by the token service, with its reply. The body of the reply has not been read. */
export class TokenRefusedError extends Error {
  readonly code = 'EGRESS_TOKEN_REFUSED';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`the token service ${reply.url.host} answered ${reply.status}`);
    this.name = 'TokenRefusedError';
    this.reply = reply;
  }
}

/**
 * Fetches one token: by POST with a refresh token for an identity token, else by GET with Basic or
 * without Authorization.
 * Source: distribution, "Token Authentication Specification" and "OAuth2 Token Authentication".
 * @throws TokenRefusedError on any status but 200, Error on an answer without a token,
 * TransportError if the service cannot be reached.
 */
export async function requestToken(
  send: SendToRealm,
  scheme: Extract<Scheme, { kind: 'bearer' }>,
  login: Login,
): Promise<Token> {
  const reply = await send(buildRequest(scheme, login));
  if (reply.status !== 200) throw new TokenRefusedError(reply);
  const { bytes } = await readCapped(reply, ANSWER_LIMIT_BYTES);
  return parseToken(bytes.toString('utf8'), reply.url.host);
}

function buildRequest(
  { realm, service, scope }: Extract<Scheme, { kind: 'bearer' }>,
  login: Login,
): Parameters<SendToRealm>[0] {
  const accept = { accept: 'application/json' };
  if (login.kind === 'identity-token') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      service,
      client_id: 'registry-cache',
      ...(scope !== '' && { scope }),
      refresh_token: login.token.reveal(),
    });
    const headers = { ...accept, 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: form.toString() };
  }
  const url = new URL(realm);
  if (service !== '') url.searchParams.set('service', service);
  for (const part of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', part);
  if (login.kind === 'basic') url.searchParams.set('account', login.username);
  const authorization = basicAuthorization(login);
  return {
    method: 'GET',
    url,
    headers: authorization === undefined ? accept : { ...accept, authorization },
  };
}

function parseToken(text: string, host: string): Token {
  let answer: Record<string, unknown> = {};
  try {
    answer = Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    // Leads to the error below. The text may hold a token, so the error does not show it.
  }
  const value = [answer.token, answer.access_token].find(isToken);
  if (value === undefined) {
    throw new Error(`the token service ${host} answered 200 without a token`);
  }
  const seconds = answer.expires_in;
  const known = typeof seconds === 'number' && seconds > 0;
  return { value, lifetimeMs: known ? seconds * 1000 : DEFAULT_LIFETIME_MS };
}

/** Whether a value fits into a header: a service must not bring line breaks into our requests. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}
