import { accept, type Issue, type Parsed, reject, Secret } from '@registry-cache/domain';
import type { UpstreamCredential } from './credential.ts';

const ENTRY_ACCEPTED =
  'an object with auth, with username and password, with identitytoken, with registrytoken, or {} for anonymous';

/** One entry of `auths`, as docker and the kubelet take it. */
export interface Entry {
  /** Anonymous where undefined. */
  readonly credential: UpstreamCredential | undefined;
  /** A finding that the writer may not have meant. */
  readonly doubt?: string;
}

/**
 * Keys that other programs keep in an entry (`email` and the like) are left alone.
 * Source: docker/cli, `configfile/file.go`; Kubernetes, `pkg/credentialprovider/config.go`.
 */
export function parseEntry(path: string, entry: unknown): Parsed<Entry> {
  if (entry === null) return accept({ credential: undefined, doubt: 'null' });
  if (typeof entry !== 'object' || Array.isArray(entry)) {
    return reject({ path, found: describe(entry), accepted: ENTRY_ACCEPTED });
  }
  const texts = readTexts(path, entry);
  if (!texts.ok) return texts;
  const { identitytoken, registrytoken, auth, username } = texts.value;
  if (identitytoken) {
    return accept({ credential: { kind: 'identity-token', token: new Secret(identitytoken) } });
  }
  if (registrytoken && !auth && !username) return parseRegistryToken(path, registrytoken);
  return auth ? parseAuth(path, auth, texts.value) : parsePair(path, texts.value);
}

const FIELDS = ['auth', 'username', 'password', 'identitytoken', 'registrytoken'] as const;
type Texts = Partial<Record<(typeof FIELDS)[number], string>>;

function readTexts(path: string, entry: object): Parsed<Texts> {
  const texts: Texts = {};
  const issues: Issue[] = [];
  for (const field of FIELDS) {
    const value: unknown = (entry as Texts)[field];
    if (value === undefined || value === null) continue;
    if (typeof value === 'string') texts[field] = value;
    else issues.push({ path: `${path}.${field}`, found: describe(value), accepted: 'a string' });
  }
  return issues.length > 0 ? reject(...issues) : accept(texts);
}

/** It becomes part of a header, which takes no spaces and line breaks in it. */
function parseRegistryToken(path: string, registrytoken: string): Parsed<Entry> {
  if (!/^[\x21-\x7e]+$/.test(registrytoken)) {
    const found = `${registrytoken.length} characters, some of which are in no token`;
    const accepted = 'a token of visible ASCII characters';
    return reject({ path: `${path}.registrytoken`, found, accepted });
  }
  return accept({ credential: { kind: 'registry-token', token: new Secret(registrytoken) } });
}

function parseAuth(path: string, auth: string, { username, password }: Texts): Parsed<Entry> {
  const decoded = decodeAuth(auth);
  if (decoded === undefined) {
    const found = `${auth.length} characters`;
    return reject({ path: `${path}.auth`, found, accepted: 'base64 of user:password' });
  }
  if (decoded.username === '' && decoded.password === '') {
    return accept({ credential: undefined, doubt: 'auth without a user and a password' });
  }
  const differs =
    (username && username !== decoded.username) || (password && password !== decoded.password);
  const credential = basic(decoded.username, decoded.password);
  if (!differs) return accept({ credential });
  return accept({ credential, doubt: 'auth that differs from username and password' });
}

function parsePair(path: string, { username = '', password = '' }: Texts): Parsed<Entry> {
  if (username === '' && password === '') return accept({ credential: undefined });
  if (username === '') {
    return reject({ path: `${path}.username`, found: 'nothing', accepted: 'both or neither' });
  }
  const credential = basic(username, password);
  return password === '' ? accept({ credential, doubt: 'no password' }) : accept({ credential });
}

function basic(username: string, password: string): UpstreamCredential {
  return { kind: 'basic', username, password: new Secret(password) };
}

/**
 * Base64 in either alphabet, padded or not. Splits at the first colon: a user name cannot hold
 * one, a password can (RFC 7617, 2).
 */
function decodeAuth(auth: string): { username: string; password: string } | undefined {
  const compact = auth.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact)) return undefined;
  const text = Buffer.from(compact, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0 || text.includes('\uFFFD')) return undefined;
  // docker cuts these off as well.
  const password = text.slice(colon + 1).replace(/\0+$/, '');
  return { username: text.slice(0, colon), password };
}

/** Never the value itself, since any value in a pull secret may be a secret. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
