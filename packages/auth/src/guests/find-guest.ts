import { Secret } from '@registry-cache/domain';
import type { Accounts } from '../accounts/accounts.ts';
import { parseBasic } from '../credentials/basic.ts';
import { parseBearer } from '../credentials/bearer.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { IssuerLogins } from '../issuers/issuer-logins.ts';
import { readToken } from '../issuers/read-token.ts';
import { REGISTRY } from '../tokens/issuer.ts';
import type { Guest } from './guest.ts';
import type { GuestTokens } from './guest-tokens.ts';

/** Finds out whether a login may be one of a registry. */
export interface FindGuest {
  /**
   * Undefined for a name of the htpasswd file, whatever the password, and for a token of an issuer:
   * these are ours, and nobody else gets to see them.
   *
   * @param source the client's address or network
   */
  byCredentials(credentials: Credentials, source: string): Promise<Guest | undefined>;
  /** The same for an `Authorization` with Basic, or with a token of the cache for a guest. */
  byAuthorization(authorization: string | undefined, source: string): Promise<Guest | undefined>;
  /** The login of a request to the registry's own name, which is never one of ours. */
  atRegistry(authorization: string | undefined): Guest | undefined;
}

export interface FindGuestDeps {
  /** Whether any registry decides about clients by itself. */
  readonly asksRegistries: () => Promise<boolean>;
  readonly accounts: Accounts;
  readonly issuerLogins: IssuerLogins;
  readonly guestTokens: GuestTokens;
}

export function createFindGuest(deps: FindGuestDeps): FindGuest {
  const { asksRegistries, accounts, issuerLogins, guestTokens } = deps;

  const byCredentials: FindGuest['byCredentials'] = async (credentials, source) => {
    if (!(await asksRegistries())) return undefined;
    if ((await accounts.current()).has(credentials.username)) return undefined;
    const issued = await issuerLogins.verify(credentials.password.reveal(), source);
    return issued === undefined ? { kind: 'password', credentials } : undefined;
  };

  return {
    byCredentials,
    async byAuthorization(authorization, source) {
      const credentials = parseBasic(authorization);
      if (credentials !== undefined) return byCredentials(credentials, source);
      const token = parseBearer(authorization);
      if (token === undefined || !(await asksRegistries())) return undefined;
      const found = await guestTokens.read(token);
      return found && byCredentials(found, source);
    },
    atRegistry(authorization) {
      const credentials = parseBasic(authorization);
      if (credentials !== undefined) return { kind: 'password', credentials };
      const token = parseBearer(authorization);
      // A token of the cache is of no use to the registry.
      const isOurs = token === undefined || readToken(token)?.issuer === REGISTRY;
      return isOurs ? undefined : { kind: 'token', token: new Secret(token) };
    },
  };
}
