import { chooseScheme, type Scheme } from '../../upstream/auth/scheme.ts';
import type { Reply } from '../../wire/transport/transport.ts';

type Bearer = Extract<Scheme, { kind: 'bearer' }>;

/** The path for tokens that clients get in place of the registry's own token service. */
export const TOKEN_PATH = '/registry-cache/token';

/** A token service that clients reach by `TOKEN_PATH`. */
export interface TokenRealm {
  readonly scheme: Bearer;
  /**
   * Whether the cache has credentials there. Then pulls need no login, but the token service would
   * refuse a client without one. So such a client gets a placeholder, which the cache accepts since
   * it checks no tokens.
   */
  readonly isOurs: boolean;
}

/** Token services in whose place clients ask the cache for tokens. */
export class TokenRealms {
  readonly #known = new Map<string, TokenRealm>();

  /** A challenge that leads to the cache, for the 401 of a ping; undefined for other challenges. */
  replace(upstreamId: string, reply: Reply, host: string, isOurs: boolean): string | undefined {
    const scheme = chooseScheme(reply.headers['www-authenticate'], '');
    if (reply.status !== 401 || scheme?.kind !== 'bearer' || host === '') return undefined;
    this.#known.set(upstreamId, { scheme, isOurs });
    const service = scheme.service.replace(/["\\]/g, '');
    return `Bearer realm="https://${host}${TOKEN_PATH}",service="${service}"`;
  }

  /** The token service of an upstream; undefined before any ping. */
  of(upstreamId: string): TokenRealm | undefined {
    return this.#known.get(upstreamId);
  }
}

/** The URL at the real token service for a request to `TOKEN_PATH`. */
export function urlOfToken({ scheme }: TokenRealm, path: string): URL {
  const url = new URL(scheme.realm);
  for (const [name, value] of new URLSearchParams(path.split('?')[1] ?? '')) {
    url.searchParams.append(name, value);
  }
  return url;
}

/** The answer to a token request without a login. */
export const PLACEHOLDER_TOKEN = JSON.stringify({
  token: 'anonymous',
  access_token: 'anonymous',
  expires_in: 300,
});
