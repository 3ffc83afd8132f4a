import type { Model } from '../model/build.ts';

/** Whether somebody must decide about each client: there are logins, or rules. */
export function mustDecide({ htpasswd, access }: Model): boolean {
  return htpasswd !== undefined || access !== undefined;
}
