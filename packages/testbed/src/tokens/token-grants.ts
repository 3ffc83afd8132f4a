/** A permission of a token, as in its `access` claim. */
export interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * Parses the scopes of a request, one parameter each or several in one separated by spaces:
 * `repository:library/debian:pull,push`.
 */
export function parseScopes(scopes: readonly string[]): Access[] {
  return scopes
    .flatMap((text) => text.split(' '))
    .filter((scope) => scope !== '')
    .map((scope) => {
      const first = scope.indexOf(':');
      const last = scope.lastIndexOf(':');
      return {
        type: scope.slice(0, first),
        name: scope.slice(first + 1, last),
        actions: scope.slice(last + 1).split(','),
      };
    });
}

/** One request for a token, in any form of the protocol. */
export interface TokenRequest {
  readonly grant: 'basic' | 'anonymous' | 'password' | 'refresh_token';
  readonly username?: string;
  readonly password?: string;
  readonly refreshToken?: string;
  readonly service: string;
  readonly scopes: readonly string[];
  /** The client also asks for a refresh token. */
  readonly wantsRefreshToken: boolean;
}

/** Reads a GET (Basic or anonymous; the query) or a POST (the form; OAuth 2). */
export function parseTokenRequest(
  method: string,
  parameters: URLSearchParams,
  authorization: string | undefined,
): TokenRequest {
  const asked = {
    service: parameters.get('service') ?? '',
    scopes: parameters.getAll('scope'),
    wantsRefreshToken:
      parameters.get('offline_token') === 'true' || parameters.get('access_type') === 'offline',
  };
  if (method === 'POST' && parameters.get('grant_type') === 'refresh_token') {
    return {
      ...asked,
      grant: 'refresh_token',
      refreshToken: parameters.get('refresh_token') ?? '',
    };
  }
  if (method === 'POST') {
    return {
      ...asked,
      grant: 'password',
      username: parameters.get('username') ?? '',
      password: parameters.get('password') ?? '',
    };
  }
  const basic = parseBasic(authorization);
  return basic === undefined
    ? { ...asked, grant: 'anonymous' }
    : { ...asked, grant: 'basic', ...basic };
}

function parseBasic(
  header: string | undefined,
): { username: string; password: string } | undefined {
  const encoded = /^Basic (\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
