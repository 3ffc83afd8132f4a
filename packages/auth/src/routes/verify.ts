import type { IncomingMessage } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { HTPASSWD, type Login } from '../accounts/login.ts';
import type { Identifier } from '../credentials/identify.ts';
import type { Client } from '../credentials/verifier.ts';
import type { FindGuest } from '../guests/find-guest.ts';
import { type AuthResponse, unauthorizedResponse } from '../http/response.ts';

export interface VerifyDeps {
  readonly identifier: Identifier;
  readonly findGuest: FindGuest;
  /** In milliseconds. */
  readonly now: () => number;
}

/** The edge asks again after this time, so that it follows the keys of issuers. */
const REMEMBER_SECONDS = 300;

/**
 * Tells the edge whether an `Authorization` is valid: 200 or 401. The 200 has `X-User`, in UTF-8.
 * The 401 has `X-Guest` where the login may be one of a registry.
 * For a user of an issuer it also has `X-Groups`, and `X-Expires` in seconds since the epoch.
 *
 * @throws QueueFullError, SourceLimitedError, IssuerDownError
 */
export async function handleVerify(
  request: IncomingMessage,
  client: Client,
  { identifier, findGuest, now }: VerifyDeps,
): Promise<AuthResponse> {
  const { authorization } = request.headers;
  if ((await findGuest.byAuthorization(authorization, client.source)) !== undefined) {
    const { headers, ...response } = unauthorizedResponse('only a registry can know this login');
    return { ...response, headers: { ...headers, [INTERNAL_HEADERS.guest.key]: '1' } };
  }
  const login = await identifier.identify(authorization, client);
  if (login === undefined) return unauthorizedResponse(describeRefusal(authorization));
  const headers = {
    [INTERNAL_HEADERS.user.key]: toBytes(login.user),
    ...describeIssued(login, now()),
  };
  return { status: 200, headers };
}

function describeIssued(login: Login, nowMs: number): Record<string, string> {
  const { source, groups, expiresAt } = login;
  if (source === HTPASSWD) return {};
  const end = Math.min(expiresAt ?? 0, nowMs / 1_000 + REMEMBER_SECONDS);
  return {
    [INTERNAL_HEADERS.groups.key]: toBytes(JSON.stringify(groups)),
    [INTERNAL_HEADERS.expires.key]: String(Math.floor(end)),
  };
}

/** UTF-8, for a header. */
function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function describeRefusal(authorization = ''): string {
  if (/^bearer /i.test(authorization)) return 'the token is not valid';
  if (/^basic /i.test(authorization)) return 'the user name or the password is wrong';
  return 'a user name and password are required';
}
