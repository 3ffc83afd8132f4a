import { createPublicKey } from 'node:crypto';
import { fingerprintLogin, type Secret } from '@registry-cache/domain';
import { errors, jwtVerify } from 'jose';
import type { Accounts } from '../accounts/accounts.ts';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { htpasswdLogin, type Login } from '../accounts/login.ts';
import { REGISTRY } from './issuer.ts';

/**
 * The login that a token was made for. Undefined unless the token was signed here, is still current,
 * and the line of its login is still in force.
 */
export type ReadToken = (token: string) => Promise<Login | undefined>;

/** Checks tokens like the edge, by the present users. `now` is in milliseconds. */
export function createTokenReader(
  tokenKeyPem: Secret,
  accounts: Accounts,
  now: () => number,
): ReadToken {
  const publicKey = createPublicKey(tokenKeyPem.reveal());
  const listings = new WeakMap<PasswordHashes, ReadonlyMap<string, Login>>();

  /** The logins of the file by their fingerprints. */
  function listLogins(users: PasswordHashes): ReadonlyMap<string, Login> {
    const known = listings.get(users);
    if (known !== undefined) return known;
    const made = new Map(
      [...users].map(([user, hash]) => {
        const login = htpasswdLogin(user, hash);
        return [fingerprintLogin(tokenKeyPem, login.line), login] as const;
      }),
    );
    listings.set(users, made);
    return made;
  }

  return async (token) => {
    const expected = {
      algorithms: ['ES256'],
      issuer: REGISTRY,
      audience: REGISTRY,
      currentDate: new Date(now()),
    };
    try {
      const { payload } = await jwtVerify(token, publicKey, expected);
      const login = listLogins(await accounts.current()).get(String(payload.login));
      return login && { ...login, expiresAt: payload.exp };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
}
