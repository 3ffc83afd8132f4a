import { decodeJwt, decodeProtectedHeader, errors } from 'jose';
import type { Claims } from './claims.ts';

/** Three parts of base64url. Source: RFC 7519, with the compact form of RFC 7515. */
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;
const MAX_CHARACTERS = 16_384;

/** A token as its text says it. Nothing of it is proved. */
export interface UnprovedToken {
  readonly issuer: string;
  readonly claims: Claims;
}

/** Whether a text has the form of a signed token. */
export function isTokenShaped(text: string): boolean {
  return text.length <= MAX_CHARACTERS && TOKEN.test(text);
}

/** Reads a token without checking it. Undefined for any other text. */
export function readToken(text: string): UnprovedToken | undefined {
  if (!isTokenShaped(text)) return undefined;
  try {
    const claims: Claims = decodeJwt(text);
    decodeProtectedHeader(text);
    if (typeof claims.iss !== 'string') return undefined;
    return { issuer: claims.iss, claims };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}
