import { type KeyObject, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Access } from './scope.ts';

/** `iss` and `aud` of what the edge accepts (templates/haproxy.cfg.hbs). */
const REGISTRY = 'registry-cache';
const LIFETIME_SECONDS = 300;

/** The answer of a token endpoint, under the names that the specification gives. */
export interface TokenAnswer {
  readonly token: string;
  /** The same once more: OAuth 2 calls it so. */
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

export type IssueToken = (user: string, access: readonly Access[]) => Promise<TokenAnswer>;

/**
 * Signs the tokens of the Docker token protocol, with ES256. `now` is in milliseconds.
 * Source: distribution, docs "Token Authentication Implementation".
 */
export function createTokenIssuer(privateKey: KeyObject, now: () => number): IssueToken {
  return async (user, access) => {
    const nowMs = now();
    const nowSeconds = Math.floor(nowMs / 1000);
    const token = await new SignJWT({ access })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(REGISTRY)
      .setAudience(REGISTRY)
      .setSubject(user)
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds)
      .setExpirationTime(nowSeconds + LIFETIME_SECONDS)
      .setJti(randomUUID())
      .sign(privateKey);
    return {
      token,
      access_token: token,
      expires_in: LIFETIME_SECONDS,
      issued_at: new Date(nowMs).toISOString(),
    };
  };
}
