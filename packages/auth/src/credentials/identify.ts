import type { Login } from '../accounts/login.ts';
import type { IssuerLogins } from '../issuers/issuer-logins.ts';
import { readToken as readUnproved } from '../issuers/read-token.ts';
import { REGISTRY } from '../tokens/issuer.ts';
import type { ReadToken } from '../tokens/token-reader.ts';
import { parseBasic } from './basic.ts';
import { parseBearer } from './bearer.ts';
import type { Credentials } from './credentials.ts';
import type { Client, Verifier } from './verifier.ts';

/** Finds out which user a client is. */
export interface Identifier {
  /**
   * The login of an `Authorization`: Basic, or Bearer with a token of the cache or of an issuer.
   * Undefined where it is missing or not valid.
   *
   * @throws SourceLimitedError if too many wrong passwords or tokens came from this source
   * @throws QueueFullError if too many passwords wait already
   * @throws IssuerDownError if the keys of a token are not known, because its issuer is down
   */
  identify(authorization: string | undefined, client: Client): Promise<Login | undefined>;
  /** The same for a name with a password, as a form has them. A token may be the password. */
  check(credentials: Credentials, client: Client): Promise<Login | undefined>;
}

export interface IdentifierDeps {
  readonly verifier: Verifier;
  readonly readToken: ReadToken;
  readonly issuerLogins: IssuerLogins;
}

export function createIdentifier(deps: IdentifierDeps): Identifier {
  const { verifier, readToken, issuerLogins } = deps;

  async function check(credentials: Credentials, client: Client): Promise<Login | undefined> {
    const issued = await issuerLogins.verify(credentials.password.reveal(), client.source);
    return issued === undefined ? verifier.verify(credentials, client) : issued.login;
  }

  async function identifyToken(token: string, { source }: Client): Promise<Login | undefined> {
    if (readUnproved(token)?.issuer === REGISTRY) return readToken(token);
    return (await issuerLogins.verify(token, source))?.login;
  }

  return {
    check,
    async identify(authorization, client) {
      const token = parseBearer(authorization);
      if (token !== undefined) return identifyToken(token, client);
      const credentials = parseBasic(authorization);
      return credentials && check(credentials, client);
    },
  };
}
