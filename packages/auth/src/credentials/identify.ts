import type { Login } from '../accounts/login.ts';
import type { ReadToken } from '../tokens/token-reader.ts';
import { parseBasic } from './basic.ts';
import type { Credentials } from './credentials.ts';
import type { Client, Verifier } from './verifier.ts';

/** Finds out which user a client is. */
export interface Identifier {
  /**
   * The login of an `Authorization`, which is Basic or Bearer. Undefined where it is missing or not
   * valid.
   *
   * @throws SourceLimitedError if too many wrong passwords came from this source
   * @throws QueueFullError if too many passwords wait already
   */
  identify(authorization: string | undefined, client: Client): Promise<Login | undefined>;
  /** The same for a name with a password, as a form has them. */
  check(credentials: Credentials, client: Client): Promise<Login | undefined>;
}

export interface IdentifierDeps {
  readonly verifier: Verifier;
  readonly readToken: ReadToken;
}

const BEARER = /^bearer +(?<token>\S+) *$/i;

export function createIdentifier({ verifier, readToken }: IdentifierDeps): Identifier {
  const check: Identifier['check'] = (credentials, client) => verifier.verify(credentials, client);
  return {
    check,
    async identify(authorization, client) {
      const token = BEARER.exec(authorization ?? '')?.groups?.token;
      if (token !== undefined) return readToken(token);
      const credentials = parseBasic(authorization);
      return credentials && check(credentials, client);
    },
  };
}
