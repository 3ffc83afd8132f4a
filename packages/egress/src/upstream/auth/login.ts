import { createHash } from 'node:crypto';
import { Secret } from '@registry-cache/domain';

/** The login that this cache uses at one upstream. */
export type Login =
  | { readonly kind: 'anonymous'; readonly fingerprint: string; readonly isForHostOnly?: never }
  | {
      readonly kind: 'basic';
      readonly username: string;
      readonly password: Secret;
      readonly fingerprint: string;
      /** True for the identity of a cloud: no token service at another host may get it. */
      readonly isForHostOnly?: boolean;
    }
  | {
      readonly kind: 'identity-token';
      readonly token: Secret;
      readonly fingerprint: string;
      readonly isForHostOnly?: boolean;
    }
  /** A Bearer token that the registry takes as it is, without a token service. */
  | {
      readonly kind: 'registry-token';
      readonly token: Secret;
      readonly fingerprint: string;
      readonly isForHostOnly?: never;
    };

export const ANONYMOUS: Login = { kind: 'anonymous', fingerprint: 'anonymous' };

export function basicLogin(username: string, password: string): Extract<Login, { kind: 'basic' }> {
  const fingerprint = hash('basic', username, password);
  return { kind: 'basic', username, password: new Secret(password), fingerprint };
}

export function identityLogin(token: string): Extract<Login, { kind: 'identity-token' }> {
  const fingerprint = hash('identity', token);
  return { kind: 'identity-token', token: new Secret(token), fingerprint };
}

export function registryTokenLogin(token: string): Login {
  const fingerprint = hash('registry', token);
  return { kind: 'registry-token', token: new Secret(token), fingerprint };
}

/** `Authorization: Basic …` of RFC 7617, in UTF-8. Undefined if the login has no password. */
export function basicAuthorization(login: Login): string | undefined {
  if (login.kind !== 'basic') return undefined;
  const pair = `${login.username}:${login.password.reveal()}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** `Authorization: Bearer …` of a token that the registry takes as it is; undefined without one. */
export function bearerAuthorization(login: Login): string | undefined {
  return login.kind === 'registry-token' ? `Bearer ${login.token.reveal()}` : undefined;
}

/** Names a credential in cache keys, so that a new credential never gets the token of an old one. */
function hash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
