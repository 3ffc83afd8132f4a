import type { IncomingMessage } from 'node:http';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import { parseBasic } from '../credentials/basic.ts';
import type { Client, Verifier } from '../credentials/verifier.ts';
import { type Answer, answerUnauthorized } from '../http/answer.ts';
import type { IsGoodToken } from '../tokens/reader.ts';

export interface VerifyDependencies {
  readonly verifier: Verifier;
  readonly isGoodToken: IsGoodToken;
}

const BEARER = /^bearer +(?<token>\S+) *$/i;

/**
 * Tells the edge whether an `Authorization` is good: 200 (for a password with `X-User`, in UTF-8), or 401.
 *
 * @throws QueueFullError, SourceLimitedError
 */
export async function answerVerify(
  request: IncomingMessage,
  client: Client,
  { verifier, isGoodToken }: VerifyDependencies,
): Promise<Answer> {
  const { authorization } = request.headers;
  const token = BEARER.exec(authorization ?? '')?.groups?.token;
  if (token !== undefined) {
    return (await isGoodToken(token))
      ? { status: 200 }
      : answerUnauthorized('the token is not good');
  }
  const credentials = parseBasic(authorization);
  if (credentials === undefined) return answerUnauthorized('a user name and password are required');
  const login = await verifier.verify(credentials, client);
  if (login === undefined) return answerUnauthorized('the user name or the password is wrong');
  const user = Buffer.from(login.user, 'utf8').toString('latin1');
  return { status: 200, headers: { [INTERNAL_HEADERS.user.key]: user } };
}
