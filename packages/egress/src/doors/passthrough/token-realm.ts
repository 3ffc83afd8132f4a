import { chooseScheme, type Scheme } from '../../upstream/auth/scheme.ts';
import type { Reply } from '../../wire/transport/transport.ts';

type Bearer = Extract<Scheme, { kind: 'bearer' }>;

/** The path for tokens that clients get in place of the registry's own token service. */
export const TOKEN_PATH = '/registry-cache/token';

/**
 * Token services of registries that the cache has credentials for. Pulls from these need no login,
 * but the token service would refuse a client without one. So clients ask the cache for tokens. A
 * client with a login gets its real token. A client without one gets a placeholder, which the cache
 * accepts since it checks no tokens.
 */
export class TokenRealms {
  readonly #known = new Map<string, Bearer>();

  /** A challenge that leads to the cache, for the 401 of a ping; undefined for other challenges. */
  replace(upstreamId: string, reply: Reply, host: string): string | undefined {
    const scheme = chooseScheme(reply.headers['www-authenticate'], '');
    if (reply.status !== 401 || scheme?.kind !== 'bearer' || host === '') return undefined;
    this.#known.set(upstreamId, scheme);
    const service = scheme.service.replace(/["\\]/g, '');
    return `Bearer realm="https://${host}${TOKEN_PATH}",service="${service}"`;
  }

  /** The URL at the real token service for a request to `TOKEN_PATH`; undefined before any ping. */
  urlFor(upstreamId: string, path: string): URL | undefined {
    const scheme = this.#known.get(upstreamId);
    if (scheme === undefined) return undefined;
    const url = new URL(scheme.realm);
    for (const [name, value] of new URLSearchParams(path.split('?')[1] ?? '')) {
      url.searchParams.append(name, value);
    }
    return url;
  }
}

/** The answer to a token request without a login. */
export const PLACEHOLDER_TOKEN = JSON.stringify({
  token: 'anonymous',
  access_token: 'anonymous',
  expires_in: 300,
});
