import type { IncomingMessage } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { parseBasic } from '../credentials/basic.ts';
import type { Client, Verifier } from '../credentials/verifier.ts';
import { type AuthResponse, unauthorizedResponse } from '../http/response.ts';
import type { IsValidToken } from '../tokens/token-check.ts';

export interface VerifyDeps {
  readonly verifier: Verifier;
  readonly isValidToken: IsValidToken;
}

const BEARER = /^bearer +(?<token>\S+) *$/i;

/**
 * Tells the edge whether an `Authorization` is valid: 200 or 401. For a password, the 200 has
 * `X-User`, in UTF-8.
 *
 * @throws QueueFullError, SourceLimitedError
 */
export async function handleVerify(
  request: IncomingMessage,
  client: Client,
  { verifier, isValidToken }: VerifyDeps,
): Promise<AuthResponse> {
  const { authorization } = request.headers;
  const token = BEARER.exec(authorization ?? '')?.groups?.token;
  if (token !== undefined) {
    return (await isValidToken(token))
      ? { status: 200 }
      : unauthorizedResponse('the token is not valid');
  }
  const credentials = parseBasic(authorization);
  if (credentials === undefined)
    return unauthorizedResponse('a user name and password are required');
  const login = await verifier.verify(credentials, client);
  if (login === undefined) return unauthorizedResponse('the user name or the password is wrong');
  const user = Buffer.from(login.user, 'utf8').toString('latin1');
  return { status: 200, headers: { [INTERNAL_HEADERS.user.key]: user } };
}
