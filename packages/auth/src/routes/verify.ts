import type { IncomingMessage } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Identifier } from '../credentials/identify.ts';
import type { Client } from '../credentials/verifier.ts';
import { type AuthResponse, unauthorizedResponse } from '../http/response.ts';

export interface VerifyDeps {
  readonly identifier: Identifier;
}

/**
 * Tells the edge whether an `Authorization` is valid: 200 or 401. The 200 has `X-User`, in UTF-8.
 *
 * @throws QueueFullError, SourceLimitedError
 */
export async function handleVerify(
  request: IncomingMessage,
  client: Client,
  { identifier }: VerifyDeps,
): Promise<AuthResponse> {
  const { authorization } = request.headers;
  const login = await identifier.identify(authorization, client);
  if (login === undefined) return unauthorizedResponse(describeRefusal(authorization));
  const user = Buffer.from(login.user, 'utf8').toString('latin1');
  return { status: 200, headers: { [INTERNAL_HEADERS.user.key]: user } };
}

function describeRefusal(authorization = ''): string {
  if (/^bearer /i.test(authorization)) return 'the token is not valid';
  if (/^basic /i.test(authorization)) return 'the user name or the password is wrong';
  return 'a user name and password are required';
}
