import type { Secret } from '@registry-cache/domain';
import type { Credentials } from '../credentials/credentials.ts';

/** A login that is not of the cache, but maybe of a registry. Only that registry can say. */
export type Guest =
  | { readonly kind: 'password'; readonly credentials: Credentials }
  /** A token that the registry itself has given. */
  | { readonly kind: 'token'; readonly token: Secret };

/** The `Authorization` that the registry gets. Source: RFC 7617 and RFC 6750. */
export function authorizationOf(guest: Guest): string {
  if (guest.kind === 'token') return `Bearer ${guest.token.reveal()}`;
  const { username, password } = guest.credentials;
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/** The name of a guest at a registry. No user of an htpasswd file has a colon in its name. */
export function nameGuest(guest: Guest, registry: string): string {
  return `${registry}:${guest.kind === 'token' ? ':token' : guest.credentials.username}`;
}
