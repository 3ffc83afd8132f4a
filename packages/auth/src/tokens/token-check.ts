import { createPublicKey } from 'node:crypto';
import { fingerprintLogin, type Secret } from '@registry-cache/domain';
import { errors, jwtVerify } from 'jose';
import type { Accounts } from '../accounts/accounts.ts';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { REGISTRY } from './issuer.ts';

/** Whether a token was signed here, is still current, and its user's line is still in the file. */
export type IsValidToken = (token: string) => Promise<boolean>;

/**
 * Checks tokens like the edge, which usually does it by itself. Only an edge that is being replaced
 * asks here, because its list of users may be old. `now` is in milliseconds.
 */
export function createTokenCheck(
  tokenKeyPem: Secret,
  accounts: Accounts,
  now: () => number,
): IsValidToken {
  const publicKey = createPublicKey(tokenKeyPem.reveal());
  const listings = new WeakMap<PasswordHashes, ReadonlySet<string>>();

  function listLogins(users: PasswordHashes): ReadonlySet<string> {
    const known = listings.get(users);
    if (known !== undefined) return known;
    const made = new Set(
      [...users].map(([user, hash]) => fingerprintLogin(tokenKeyPem, user, hash)),
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
      return listLogins(await accounts.current()).has(String(payload.login));
    } catch (error) {
      if (error instanceof errors.JOSEError) return false;
      throw error;
    }
  };
}
