import { createHmac } from 'node:crypto';
import type { Secret } from './secret.ts';

/**
 * What a token says of the line of the htpasswd file that it was given for, and what the edge
 * accepts. It changes with the user's password, and tells nothing of the line to others.
 *
 * @param tokenKeyPem the private key that signs tokens, which only we have
 * @returns 64 hexadecimal digits
 */
export function fingerprintLogin(tokenKeyPem: Secret, user: string, hash: string): string {
  return createHmac('sha256', tokenKeyPem.reveal()).update(`${user}:${hash}`).digest('hex');
}
