import { Secret } from '@registry-cache/domain';

export interface Credentials {
  readonly username: string;
  readonly password: Secret;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;

/**
 * A user name and a password as they came in.
 * Source: RFC 7617, section 2: neither may hold control characters, the name no colon. (bcrypt
 * would also read no further than a NUL.)
 *
 * @returns undefined for what cannot be anyone's.
 */
export function createCredentials(username: string, password: string): Credentials | undefined {
  if (username === '' || username.includes(':')) return undefined;
  if (CONTROL_CHARACTER.test(username) || CONTROL_CHARACTER.test(password)) return undefined;
  return { username, password: new Secret(password) };
}
