import type { IncomingMessage } from 'node:http';
import type { Right } from '@registry-cache/access';
import { INTERNAL_HEADERS } from '@registry-cache/domain';
import type { Rules } from '../access/open-rules.ts';
import { ANONYMOUS, type Login } from '../accounts/login.ts';
import type { Identifier } from '../credentials/identify.ts';
import type { Client } from '../credentials/verifier.ts';
import type { FindGuest } from '../guests/find-guest.ts';
import type { GuestTokens } from '../guests/guest-tokens.ts';
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
  readonly rules: () => Promise<Rules>;
  readonly findGuest: FindGuest;
  readonly guestTokens: GuestTokens;
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
  deps: TokenDeps,
): Promise<AuthResponse> {
  const { identifier, issueToken, rules, findGuest, guestTokens } = deps;
  const { grant, credentials, scopes } = await readTokenRequest(request);
  if (grant !== 'password') {
    return errorResponse(400, 'UNSUPPORTED', 'only the grant type password is supported');
  }
  const current = await rules();
  const isStranger = request.method === 'GET' && request.headers.authorization === undefined;
  const grantTo = (login: Login) =>
    grantScopes(scopes, rightsOf(current, login, addressOf(request)));
  if (isStranger && current.access.letsAnonymousIn) {
    return jsonResponse(await issueToken(ANONYMOUS, grantTo(ANONYMOUS)));
  }
  if (credentials === undefined)
    return unauthorizedResponse('a user name and password are required');
  const guest = await findGuest.byCredentials(credentials, client.source);
  // What a guest may have is decided with each request.
  if (guest !== undefined) return jsonResponse(await guestTokens.issue(credentials));
  const login = await identifier.check(credentials, client);
  if (login === undefined) return unauthorizedResponse('the user name or the password is wrong');
  return jsonResponse(await issueToken(login, grantTo(login)));
}

/** Whether a login has a right for anything of an image that a scope names. */
function rightsOf(
  { access, nameImage }: Rules,
  { user, groups }: Login,
  address: string,
): (name: string, right: Right) => boolean {
  const caller = { user: user === '' ? undefined : user, groups, address };
  return (name, right) => {
    const image = nameImage(name);
    if (image === undefined) return false;
    return access.scope(caller, image).decide(right, { kind: 'anything' }).isAllowed;
  };
}

/** From the edge, which replaces a client's own header. */
function addressOf({ headers }: IncomingMessage): string {
  return headers[INTERNAL_HEADERS.address.key]?.toString() ?? '';
}
