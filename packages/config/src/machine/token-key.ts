import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Secret } from '@registry-cache/domain';
import type { TokenKey } from '../model/build.ts';

/** A new key for signing tokens (ES256). Tokens of an earlier key are not valid any more. */
export function createTokenKey(): TokenKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return readTokenKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** @throws when `privatePem` is not a private key. That is a defect, since this program wrote it. */
export function readTokenKey(privatePem: string): TokenKey {
  const publicPem = createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString();
  return { privatePem: new Secret(privatePem), publicPem };
}
