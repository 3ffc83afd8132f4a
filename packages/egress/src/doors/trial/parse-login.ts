import { basicLogin, type Login, registryTokenLogin } from '../../upstream/auth/login.ts';

const BASIC = /^basic +(?<pair>[A-Za-z0-9+/]+={0,2}) *$/i;
const BEARER = /^bearer +(?<token>[A-Za-z0-9._~+/-]+=*) *$/i;

/**
 * The login in a client's `Authorization`: a name with a password, or a token of the registry, which
 * is sent as it is. Undefined for anything else. Source: RFC 7617, and RFC 6750, section 2.1.
 */
export function parseLogin(authorization = ''): Login | undefined {
  const token = BEARER.exec(authorization)?.groups?.token;
  if (token !== undefined) return registryTokenLogin(token);
  const pair = BASIC.exec(authorization)?.groups?.pair;
  const text = pair === undefined ? '' : Buffer.from(pair, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : basicLogin(text.slice(0, colon), text.slice(colon + 1));
}
