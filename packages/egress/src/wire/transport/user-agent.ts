import manifest from '../../../package.json' with { type: 'json' };

/** The version of the cache. */
export const VERSION = manifest.version;

/**
 * The User-Agent of every request to the outside. Edges such as Cloudflare answer 403 without it.
 * Source: RFC 9110, 10.1.5.
 */
export const USER_AGENT = `registry-cache/${VERSION}`;
