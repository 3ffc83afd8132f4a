import { createPrivateKey, randomUUID } from 'node:crypto';
import { ANSWER_SECONDS, fingerprintLogin, type Secret } from '@registry-cache/domain';
import { SignJWT } from 'jose';
import type { Login } from '../accounts/login.ts';
import type { Access } from './scope.ts';

/** `iss` and `aud` of the tokens that the edge accepts (templates/haproxy-auth.partial.hbs). */
export const REGISTRY = 'registry-cache';

/** The response of a token endpoint, with the names of the specification. */
export interface TokenResponse {
  readonly token: string;
  /** The same token under OAuth 2's name. */
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

export type IssueToken = (login: Login, access: readonly Access[]) => Promise<TokenResponse>;

/** Signs a token for `user` with more claims. It ends at `expiresAt` (seconds), if that is sooner. */
export type SignToken = (
  user: string,
  claims: Readonly<Record<string, unknown>>,
  expiresAt?: number | undefined,
) => Promise<TokenResponse>;

/**
 * Signs the tokens of the Docker token protocol, with ES256. `now` is in milliseconds.
 * Source: distribution, docs "Token Authentication Implementation".
 */
export function createTokenSigner(tokenKeyPem: Secret, now: () => number): SignToken {
  const privateKey = createPrivateKey(tokenKeyPem.reveal());
  return async (user, claims, expiresAt = Infinity) => {
    const nowMs = now();
    const nowSeconds = Math.floor(nowMs / 1000);
    const end = Math.min(nowSeconds + ANSWER_SECONDS.token, Math.floor(expiresAt));
    const token = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(REGISTRY)
      .setAudience(REGISTRY)
      .setSubject(user)
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds)
      .setExpirationTime(end)
      .setJti(randomUUID())
      .sign(privateKey);
    return {
      token,
      access_token: token,
      expires_in: end - nowSeconds,
      issued_at: new Date(nowMs).toISOString(),
    };
  };
}

/**
 * Issues the tokens of logins. The claim `login` names the line of configuration that the login
 * comes from, so that a token ends with that line. It also ends with the login itself, and has the
 * groups that an issuer named.
 */
export function createTokenIssuer(tokenKeyPem: Secret, now: () => number): IssueToken {
  const sign = createTokenSigner(tokenKeyPem, now);
  return ({ user, groups, line, expiresAt }, access) => {
    const claims = {
      access,
      login: fingerprintLogin(tokenKeyPem, line),
      ...(groups.length > 0 && { groups }),
    };
    return sign(user, claims, expiresAt);
  };
}
