import manifest from '../../../package.json' with { type: 'json' };

/**
 * What every request to the outside says of us. Edges such as Cloudflare answer a request without
 * it with 403.
 * Source: RFC 9110, 10.1.5.
 */
export const USER_AGENT = `registry-cache/${manifest.version}`;
