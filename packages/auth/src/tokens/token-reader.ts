import { createPublicKey } from 'node:crypto';
import {
  fingerprintLogin,
  type IssuerOptions,
  type IssuersFile,
  type Secret,
} from '@registry-cache/domain';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Accounts } from '../accounts/accounts.ts';
import type { PasswordHashes } from '../accounts/htpasswd.ts';
import { ANONYMOUS, htpasswdLogin, type Login } from '../accounts/login.ts';
import { REGISTRY } from './issuer.ts';

/**
 * The login that a token was made for. Undefined unless the token was signed here, is still current,
 * and the line of its login is still in force.
 */
export type ReadToken = (token: string) => Promise<Login | undefined>;

export interface TokenReaderDeps {
  readonly tokenKey: Secret;
  readonly accounts: Accounts;
  /** Whether clients without a login are let in. */
  readonly letsAnonymousIn: () => Promise<boolean>;
  readonly issuers: { current(): Promise<IssuersFile> };
  /** In milliseconds. */
  readonly now: () => number;
}

/** Checks tokens like the edge, by the present users and issuers. */
export function createTokenReader(deps: TokenReaderDeps): ReadToken {
  const { tokenKey, accounts, issuers, letsAnonymousIn, now } = deps;
  const publicKey = createPublicKey(tokenKey.reveal());
  const fingerprint = (line: string) => fingerprintLogin(tokenKey, line);
  const anonymous = fingerprint(ANONYMOUS.line);
  const listUsers = keepListing((users: PasswordHashes) =>
    [...users].map(([user, hash]) => {
      const login = htpasswdLogin(user, hash);
      return [fingerprint(login.line), login] as const;
    }),
  );
  const listIssuers = keepListing((file: IssuersFile) =>
    file.issuers.map((issuer) => [fingerprint(issuer.line), issuer] as const),
  );

  async function findLogin({ login, sub, groups }: JWTPayload): Promise<Login | undefined> {
    if (login === anonymous) return (await letsAnonymousIn()) ? ANONYMOUS : undefined;
    const users = await accounts.current();
    const issuer = listIssuers(await issuers.current()).get(String(login));
    if (issuer === undefined) return listUsers(users).get(String(login));
    // The name may have come into the file after the token was made.
    if (sub === undefined || users.has(sub)) return undefined;
    return issuerLogin(sub, groups, issuer);
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
      const login = await findLogin(payload);
      return login && { ...login, expiresAt: payload.exp };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
}

function issuerLogin(user: string, groups: unknown, { issuer, line }: IssuerOptions): Login {
  const names = Array.isArray(groups) ? groups.map(String) : [];
  return { user, groups: names, source: issuer, line };
}

/** Makes a map of each object once. */
function keepListing<From extends object, T>(
  list: (from: From) => readonly (readonly [string, T])[],
): (from: From) => ReadonlyMap<string, T> {
  const listings = new WeakMap<From, ReadonlyMap<string, T>>();
  return (from) => {
    const known = listings.get(from) ?? new Map(list(from));
    listings.set(from, known);
    return known;
  };
}
