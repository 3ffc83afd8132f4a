import type { IncomingMessage } from 'node:http';
import { parseBasic } from '../credentials/basic.ts';
import type { Verifier } from '../credentials/verifier.ts';
import { type Answer, answerUnauthorized } from '../http/answer.ts';
import { clientOf } from './client.ts';

/** Tells the edge whether an `Authorization: Basic` is good: 200 and `X-User` (in UTF-8), or 401. */
export async function answerVerify(
  request: IncomingMessage,
  { verifier }: { readonly verifier: Verifier },
): Promise<Answer> {
  const credentials = parseBasic(request.headers.authorization);
  if (credentials === undefined) return answerUnauthorized('a user name and password are required');
  if (!(await verifier.verify(credentials, clientOf(request)))) {
    return answerUnauthorized('the user name or the password is wrong');
  }
  const user = Buffer.from(credentials.username, 'utf8').toString('latin1');
  return { status: 200, headers: { 'x-user': user } };
}
