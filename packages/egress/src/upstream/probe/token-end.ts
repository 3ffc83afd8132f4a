/**
 * When a token ends, in milliseconds since the epoch, by `exp` of a JSON Web Token (RFC 7519,
 * 4.1.4). Undefined for other text, and for a token without an end. The signature is not checked.
 */
export function readTokenEnd(token: string): number | undefined {
  const [, payload = '', ...rest] = token.split('.');
  if (rest.length !== 1) return undefined;
  try {
    const claims = Object(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
    const { exp } = claims as { exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
