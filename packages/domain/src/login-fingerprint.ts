import { createHmac } from 'node:crypto';
import type { Secret } from './secret.ts';

/**
 * Fingerprint of a user's line in the htpasswd file. Tokens carry it, and the edge compares it. It
 * changes with the user's password, and reveals nothing of the line.
 *
 * @param tokenKeyPem the private key that signs tokens, which only the cache has
 * @returns 64 hexadecimal digits
 */
export function fingerprintLogin(tokenKeyPem: Secret, user: string, hash: string): string {
  return createHmac('sha256', tokenKeyPem.reveal()).update(`${user}:${hash}`).digest('hex');
}
