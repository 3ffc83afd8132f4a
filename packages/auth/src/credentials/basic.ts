import { type Credentials, createCredentials } from './credentials.ts';

const HEADER = /^basic +(?<token>[A-Za-z0-9+/]+={0,2}) *$/i;

/**
 * Parses `Basic base64(user:password)`, in UTF-8. The password may have colons. Source: RFC 7617.
 *
 * @returns undefined for anything else. That includes other schemes and an empty user name, which
 * podman sends if it has no credentials.
 */
export function parseBasic(header: string | undefined): Credentials | undefined {
  const token = HEADER.exec(header ?? '')?.groups?.token;
  const pair = token === undefined ? undefined : decodeUtf8(Buffer.from(token, 'base64'));
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0) return undefined;
  return createCredentials(pair.slice(0, colon), pair.slice(colon + 1));
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
