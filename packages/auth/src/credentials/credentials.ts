import { Secret } from '@registry-cache/domain';
import { isTokenShaped } from '../issuers/read-token.ts';

export interface Credentials {
  /** May be empty, or no name at all, where the password has the form of a token. */
  readonly username: string;
  readonly password: Secret;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * Makes credentials of a user name and a password from outside. Source: RFC 7617, section 2:
 * control characters are forbidden in both, and a colon in the name. (bcrypt would also stop
 * reading at a NUL.) The user name beside a token does not matter.
 *
 * @returns undefined for credentials that no user can have.
 */
export function createCredentials(username: string, password: string): Credentials | undefined {
  if (!isTokenShaped(password)) {
    if (username === '' || username.includes(':')) return undefined;
    if (CONTROL_CHARACTER.test(password)) return undefined;
  }
  if (CONTROL_CHARACTER.test(username)) return undefined;
  return { username, password: new Secret(password) };
}
