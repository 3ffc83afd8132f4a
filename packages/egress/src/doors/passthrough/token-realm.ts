import { chooseScheme, type Scheme } from '../../upstream/auth/scheme.ts';
import type { Reply } from '../../wire/transport/transport.ts';

type Bearer = Extract<Scheme, { kind: 'bearer' }>;

/** Where a client is sent for a token in place of the registry's own token service. */
export const TOKEN_PATH = '/registry-cache/token';

/**
 * Token services of registries that the cache has credentials for. Their clients need no login to
 * pull, but would be refused a token: they are sent here first. Who brings a login gets the real
 * token for it; who brings none gets one that is good for nothing but the cache, which looks at none.
 */
export class TokenRealms {
  readonly #known = new Map<string, Bearer>();

  /** The challenge of a ping's 401 that leads to us; undefined where it is none that we can answer. */
  replace(upstreamId: string, reply: Reply, host: string): string | undefined {
    const scheme = chooseScheme(reply.headers['www-authenticate'], '');
    if (reply.status !== 401 || scheme?.kind !== 'bearer' || host === '') return undefined;
    this.#known.set(upstreamId, scheme);
    const service = scheme.service.replace(/["\\]/g, '');
    return `Bearer realm="https://${host}${TOKEN_PATH}",service="${service}"`;
  }

  /** The real service's URL for what a client asked of `TOKEN_PATH`; undefined before any ping. */
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

/** Token requests without a login are answered here. */
export const PLACEHOLDER_TOKEN = JSON.stringify({
  token: 'anonymous',
  access_token: 'anonymous',
  expires_in: 300,
});
