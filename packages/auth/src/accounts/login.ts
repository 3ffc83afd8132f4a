import { ANONYMOUS_LINE } from '@registry-cache/domain';

/** A user that has proved to be one, with the origin of that proof. */
export interface Login {
  readonly user: string;
  /** The groups that the user's issuer names. An htpasswd file names none. */
  readonly groups: readonly string[];
  /** `htpasswd`, or the URL of an issuer. */
  readonly source: string;
  /**
   * The line of configuration that the login ends with: `user:hash` of the htpasswd file, or the
   * options of the issuer.
   */
  readonly line: string;
  /** The end of the login, in seconds since the epoch. Undefined where only `line` ends it. */
  readonly expiresAt?: number | undefined;
}

/** Of clients without a login, where rules let them in. No user has an empty name. */
export const ANONYMOUS: Login = { user: '', groups: [], source: 'anonymous', line: ANONYMOUS_LINE };

export const HTPASSWD = 'htpasswd';

/** The login of one line of the htpasswd file. */
export function htpasswdLogin(user: string, hash: string): Login {
  return { user, groups: [], source: HTPASSWD, line: `${user}:${hash}` };
}
