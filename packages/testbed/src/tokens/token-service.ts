import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { ServerCertificate } from '../certificates.ts';
import { type InterruptibleServer, listenInterruptible } from '../interruptible-server.ts';
import type { TokenTrust } from '../registry/registry-config.ts';
import { parseScopes, parseTokenRequest, type TokenRequest } from './token-grants.ts';
import { createTokenSigner, type KeyReference } from './token-signer.ts';

export interface TokenServiceOptions {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: ServerCertificate;
  /** The address for clients, if it is a fault proxy in front of the service. */
  readonly realm?: string;
  readonly service?: string;
  readonly passwords?: Readonly<Record<string, string>>;
  /** Also answer without credentials. Default true, as at public registries. */
  readonly anonymous?: boolean;
  readonly expiresInSeconds?: number;
  readonly keyReference?: KeyReference;
}

export interface AnsweredTokenRequest extends TokenRequest {
  readonly status: number;
}

export interface TokenService extends InterruptibleServer {
  /** For `startRegistry({ tokens })`. */
  readonly trust: TokenTrust;
  /** Every request so far, oldest first. Tests may empty it. */
  readonly requests: AnsweredTokenRequest[];
  /** The rules from the next request on. Tests may change them. */
  readonly policy: TokenPolicy;
  /** A token for a test's own requests, such as a push: `issue('repository:app:pull,push')`. */
  issue(...scopes: string[]): Promise<string>;
}

export interface TokenPolicy {
  readonly passwords: Map<string, string>;
  /** The user of each refresh token. Delete one to revoke it. */
  readonly refreshTokens: Map<string, string>;
  anonymous: boolean;
  /** Whether a user may have a scope of this repository. Default: each known user may. */
  mayHave: (user: string, repository: string) => boolean;
  /** Also the `expires_in` of the answers. */
  expiresInSeconds: number;
  /** The field of the response with the token. Registries differ. */
  field: 'token' | 'access_token' | 'both';
}

/**
 * Starts a service that speaks the Docker token protocol (GET with Basic, POST with a password
 * or a refresh token) and signs tokens that the distribution registry accepts. By default it grants
 * every requested scope to each known user.
 */
export async function startTokenService(options: TokenServiceOptions = {}): Promise<TokenService> {
  const signer = await createTokenSigner(options.keyReference ?? 'x5c');
  const service = options.service ?? 'testbed';
  const issuer = 'testbed-issuer';
  const questions: AnsweredTokenRequest[] = [];
  const policy: TokenPolicy = {
    passwords: new Map(Object.entries(options.passwords ?? {})),
    refreshTokens: new Map(),
    anonymous: options.anonymous ?? true,
    mayHave: () => true,
    expiresInSeconds: options.expiresInSeconds ?? 300,
    field: 'token',
  };
  const sign = (subject: string, scopes: readonly string[], mayHave = policy.mayHave) =>
    signer.sign({
      issuer,
      service,
      subject,
      access: parseScopes(scopes).filter(({ name }) => mayHave(subject, name)),
      expiresInSeconds: policy.expiresInSeconds,
    });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const question = await readTokenRequest(request);
    const user = identify(question, policy);
    questions.push({ ...question, status: user === undefined ? 401 : 200 });
    if (user === undefined) {
      sendJson(response, 401, {
        errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }],
      });
      return;
    }
    sendJson(response, 200, {
      ...tokenFields(await sign(user, question.scopes), policy),
      ...refreshFields(question, user, policy),
    });
  };
  const server = await listenInterruptible({ ...options, onRequest: answer });
  return {
    ...server,
    trust: { realm: options.realm ?? `${server.url}/token`, service, issuer, ...signer.trust },
    requests: questions,
    policy,
    issue: (...scopes) => sign('testbed', scopes, () => true),
  };
}

async function readTokenRequest(request: IncomingMessage): Promise<TokenRequest> {
  const method = request.method ?? 'GET';
  const query = new URL(request.url ?? '/', 'http://token').searchParams;
  const parameters = method === 'POST' ? new URLSearchParams(await text(request)) : query;
  return parseTokenRequest(method, parameters, request.headers.authorization);
}

/** The user's name (empty for an anonymous client), or undefined for a refused one. */
function identify(question: TokenRequest, policy: TokenPolicy): string | undefined {
  const { grant, username = '', password, refreshToken = '' } = question;
  if (grant === 'anonymous') return policy.anonymous ? '' : undefined;
  if (grant === 'refresh_token') return policy.refreshTokens.get(refreshToken);
  return policy.passwords.get(username) === password && password !== undefined
    ? username
    : undefined;
}

function tokenFields(token: string, { field, expiresInSeconds }: TokenPolicy): object {
  return {
    ...(field !== 'access_token' && { token }),
    ...(field !== 'token' && { access_token: token }),
    expires_in: expiresInSeconds,
    issued_at: new Date().toISOString(),
  };
}

function refreshFields(question: TokenRequest, user: string, policy: TokenPolicy): object {
  if (!question.wantsRefreshToken) return {};
  const refreshToken = randomBytes(16).toString('hex');
  policy.refreshTokens.set(refreshToken, user);
  return { refresh_token: refreshToken };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
