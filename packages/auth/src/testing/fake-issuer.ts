import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { IssuerOptions } from '@registry-cache/domain';
import { exportJWK, type JWK, type JWTPayload, SignJWT } from 'jose';

/** The time of all tests, in milliseconds. */
export const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
export const NOW = NOW_MS / 1_000;
export const ISSUER = 'https://issuer.test';

export const OPTIONS: IssuerOptions = {
  issuer: ISSUER,
  audience: 'registry-cache',
  keys: { from: 'discovery' },
  user: 'sub',
  groups: 'groups',
  require: {},
  prefix: '',
  line: 'line of the issuer',
};

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
  readonly alg: string;
}

export async function makeKey(kid?: string, alg: 'ES256' | 'RS256' = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) };
  return { privateKey, publicKey, jwk, alg };
}

/** Signs claims. By default the token is current, and for the audience of `OPTIONS`. */
export function sign(
  { privateKey, jwk, alg }: TestKey,
  claims: JWTPayload = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const usual = { iss: ISSUER, aud: 'registry-cache', sub: 'ann', iat: NOW, exp: NOW + 600 };
  const { kid } = jwk;
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...header })
    .sign(privateKey);
}

/** A token of these parts, with any text as the signature. */
export function join(header: object, claims: object, signature = ''): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${signature}`;
}
