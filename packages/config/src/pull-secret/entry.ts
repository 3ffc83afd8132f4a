import {
  accept,
  type Issue,
  type Parsed,
  quoteFound,
  reject,
  Secret,
} from '@registry-cache/domain';
import type { UpstreamCredential } from './credential.ts';

const ENTRY_ACCEPTED =
  'an object with auth, with username and password, with identitytoken, or {} for anonymous';

/**
 * One entry of `auths`; `undefined` is anonymous. Keys that other programs keep there
 * (`email` and the like) are left alone.
 */
export function parseEntry(path: string, entry: unknown): Parsed<UpstreamCredential | undefined> {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    return reject({ path, found: describe(entry), accepted: ENTRY_ACCEPTED });
  }
  const fields = ['auth', 'username', 'password', 'identitytoken', 'registrytoken'];
  const texts: Record<string, string> = {};
  const issues: Issue[] = [];
  for (const field of fields) {
    const value: unknown = (entry as Record<string, unknown>)[field];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value === 'string') texts[field] = value;
    else issues.push({ path: `${path}.${field}`, found: describe(value), accepted: 'a string' });
  }
  if (issues.length > 0) return reject(...issues);
  if (texts.registrytoken !== undefined) {
    return reject({ path: `${path}.registrytoken`, found: 'a token', accepted: ENTRY_ACCEPTED });
  }
  if (texts.identitytoken !== undefined) {
    return accept({ kind: 'identity-token', token: new Secret(texts.identitytoken) });
  }
  return parseBasic(path, texts);
}

function parseBasic(
  path: string,
  { auth, username, password }: Record<string, string>,
): Parsed<UpstreamCredential | undefined> {
  const decoded = auth === undefined ? undefined : decodeAuth(auth);
  if (auth !== undefined && decoded === undefined) {
    return reject({
      path: `${path}.auth`,
      found: `${auth.length} characters`,
      accepted: 'base64 of user:password',
    });
  }
  if ((username === undefined) !== (password === undefined) && decoded === undefined) {
    const missing = username === undefined ? 'username' : 'password';
    return reject({ path: `${path}.${missing}`, found: 'nothing', accepted: 'both or neither' });
  }
  if (decoded === undefined) {
    if (username === undefined || password === undefined) return accept(undefined);
    return accept({ kind: 'basic', username, password: new Secret(password) });
  }
  const differs =
    (username !== undefined && username !== decoded.username) ||
    (password !== undefined && password !== decoded.password);
  if (differs) {
    return reject({
      path: `${path}.auth`,
      found: 'another user or password than in username and password',
      accepted: 'one of the two forms, or both alike',
    });
  }
  return accept({
    kind: 'basic',
    username: decoded.username,
    password: new Secret(decoded.password),
  });
}

/** Splits at the first colon: a user name cannot hold one, a password can (RFC 7617, 2). */
function decodeAuth(auth: string): { username: string; password: string } | undefined {
  const compact = auth.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const text = Buffer.from(compact, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1 || text.includes('\uFFFD')) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Never the value itself: whatever stands in a pull secret may be a secret. */
function describe(value: unknown): string {
  if (value === undefined) return quoteFound(value);
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
