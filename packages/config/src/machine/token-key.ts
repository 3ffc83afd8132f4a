import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Secret } from '@registry-cache/domain';
import type { TokenKey } from '../model/build.ts';

/** A new key for signing tokens (ES256); tokens signed with an earlier one end with it. */
export function createTokenKey(): TokenKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return readTokenKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** @throws when `privatePem` is no private key: it is ours, so that is a defect. */
export function readTokenKey(privatePem: string): TokenKey {
  const publicPem = createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString();
  return { privatePem: new Secret(privatePem), publicPem };
}
