import type { IncomingMessage } from 'node:http';
import type { Identifier } from '../credentials/identify.ts';
import type { Client } from '../credentials/verifier.ts';
import {
  type AuthResponse,
  errorResponse,
  jsonResponse,
  unauthorizedResponse,
} from '../http/response.ts';
import type { IssueToken } from '../tokens/issuer.ts';
import { grantScopes } from '../tokens/scope.ts';
import { readTokenRequest } from './token-request.ts';

export interface TokenDeps {
  readonly identifier: Identifier;
  readonly issueToken: IssueToken;
}

/**
 * The token endpoint, in both its forms: GET with Basic, and POST of an OAuth 2 form.
 *
 * It issues no refresh tokens; the specification leaves that open. docker would keep one in place
 * of the password (`identitytoken`). It would then fail at an edge that offers Basic besides
 * Bearer, because docker answers every challenge. Source: distribution, docs "Token Authentication
 * Specification" and "OAuth2 Token Authentication".
 *
 * @throws FormError, QueueFullError, SourceLimitedError
 */
export async function handleToken(
  request: IncomingMessage,
  client: Client,
  { identifier, issueToken }: TokenDeps,
): Promise<AuthResponse> {
  const { grant, credentials, scopes } = await readTokenRequest(request);
  if (grant !== 'password') {
    return errorResponse(400, 'UNSUPPORTED', 'only the grant type password is supported');
  }
  if (credentials === undefined)
    return unauthorizedResponse('a user name and password are required');
  const login = await identifier.check(credentials, client);
  if (login === undefined) return unauthorizedResponse('the user name or the password is wrong');
  return jsonResponse(await issueToken(login, grantScopes(scopes)));
}
