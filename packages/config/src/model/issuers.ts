import { createHash } from 'node:crypto';
import {
  accept,
  asObject,
  type Issue,
  type IssuerKeys,
  type IssuerOptions,
  type Parsed,
  type PublicJwk,
  quoteFound,
  reject,
} from '@registry-cache/domain';
import type { IssuerPolicy } from '../policy/issuers.ts';

/**
 * The issuers of the policy, with the keys of their files.
 *
 * @param keyFiles - Text by path. A file that could not be read has its issue already.
 * @param htpasswd - Its users are nobody else's, so their names belong to the line of each issuer.
 */
export function buildIssuers(
  policies: readonly IssuerPolicy[],
  keyFiles: ReadonlyMap<string, string>,
  htpasswd = '',
): Parsed<readonly IssuerOptions[]> {
  const names = listNames(htpasswd);
  const issues: Issue[] = [];
  const issuers = policies.flatMap((policy): IssuerOptions[] => {
    const keys = chooseKeys(policy, keyFiles);
    if (keys?.ok === false) issues.push(...keys.issues);
    return keys?.ok ? [describeIssuer(policy, keys.value, names)] : [];
  });
  return issues.length > 0 ? reject(...issues) : accept(issuers);
}

function listNames(htpasswd: string): string[] {
  const names = htpasswd.split('\n').map((line) => line.split(':', 1)[0] ?? '');
  return [...new Set(names)].sort();
}

function describeIssuer(
  policy: IssuerPolicy,
  keys: IssuerKeys,
  names: readonly string[],
): IssuerOptions {
  const options = {
    issuer: policy.issuer,
    audience: policy.audience,
    keys,
    user: policy.user,
    ...(policy.groups !== undefined && { groups: policy.groups }),
    require: Object.fromEntries(
      Object.entries(policy.require ?? {}).map(([name, values]) => [name, [values].flat()]),
    ),
    prefix: policy.prefix ?? '',
  };
  const line = createHash('sha256')
    .update(JSON.stringify([options, names]))
    .digest('hex');
  return { ...options, line };
}

function chooseKeys(
  { keys }: IssuerPolicy,
  keyFiles: ReadonlyMap<string, string>,
): Parsed<IssuerKeys> | undefined {
  if (keys === undefined) return accept({ from: 'discovery' });
  if (!keys.startsWith('/')) return accept({ from: 'url', url: keys });
  const text = keyFiles.get(keys);
  return text === undefined ? undefined : parseKeyFile(keys, text);
}

const JWKS_ACCEPTED =
  'a JWKS, {"keys": […]}, with public keys of the types RSA, EC or OKP, as `kubectl get --raw /openid/v1/jwks` prints it';

/** The members of public keys. Others are left out. Source: RFC 7518, section 6; RFC 8037. */
const MEMBERS = ['kty', 'kid', 'use', 'alg', 'crv', 'x', 'y', 'n', 'e'];
const KINDS: readonly unknown[] = ['RSA', 'EC', 'OKP'];

function parseKeyFile(path: string, text: string): Parsed<IssuerKeys> {
  const { keys } = parseJson(text);
  if (!Array.isArray(keys))
    return reject({ path, found: 'no list of keys', accepted: JWKS_ACCEPTED });
  const entries = keys.map(asObject);
  const bad = entries.findIndex(({ kty, d }) => d !== undefined || kty === 'oct');
  if (bad >= 0) {
    // A shared or private key could also be used to make tokens, and this file is not kept secret.
    return reject({ path: `${path} keys[${bad}]`, found: 'a secret key', accepted: JWKS_ACCEPTED });
  }
  const known = entries.filter(({ kty }) => KINDS.includes(kty));
  if (known.length === 0) {
    const found = `keys of the types ${quoteFound(entries.map(({ kty }) => kty))}`;
    return reject({ path, found, accepted: JWKS_ACCEPTED });
  }
  return accept({ from: 'file', keys: known.map(keepPublic) });
}

function keepPublic(key: Record<string, unknown>): PublicJwk {
  return Object.fromEntries(
    MEMBERS.flatMap((name) => {
      const value = key[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}
