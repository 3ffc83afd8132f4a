import { createHmac } from 'node:crypto';
import type { Secret } from './secret.ts';

/** The line of clients without a login, where they are let in. No line of an htpasswd file is like it. */
export const ANONYMOUS_LINE = 'anonymous';

/**
 * Fingerprint of the line of configuration that a login comes from: a line of the htpasswd file, or
 * the options of an issuer. Tokens carry it, and the edge compares it. It changes with that line,
 * and reveals nothing of it.
 *
 * @param tokenKeyPem the private key that signs tokens, which only the cache has
 * @param line `user:hash`, or the JSON of an issuer, which is no such line
 * @returns 64 hexadecimal digits
 */
export function fingerprintLogin(tokenKeyPem: Secret, line: string): string {
  return createHmac('sha256', tokenKeyPem.reveal()).update(line).digest('hex');
}
