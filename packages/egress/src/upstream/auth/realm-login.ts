import { TransportError } from '../../wire/transport/failure.ts';
import { ANONYMOUS, type Login } from './login.ts';
import type { Logins } from './logins.ts';
import type { Recipient } from './recipient.ts';

interface RealmLoginDeps {
  readonly recipient: Recipient;
  readonly logins: Logins;
}

/**
 * The login for a token service. A registry's login goes to any service that the registry names, as
 * in docker. A token service's own login goes there by https only, and only for registries that it
 * is tied to. Any other registry could otherwise get tokens in its name.
 */
export async function loginAt(
  { recipient, logins }: RealmLoginDeps,
  realm: URL,
  own: Login,
): Promise<Login> {
  if (own.kind !== 'anonymous') return own;
  const isTied = realm.protocol === 'https:' && recipient.realms.includes(realm.host);
  return isTied ? logins.ofRealm(realm.host) : ANONYMOUS;
}

/**
 * Plain http may carry credentials only if the operator chose it: to the host of a registry whose
 * own URL is plain http. The identity of a cloud goes to the host of the registry alone.
 * @throws TransportError with phase `guard`.
 */
export function checkRealm({ origin }: Recipient, realm: URL, login: Login): void {
  const registry = new URL(origin);
  if (login.isForHostOnly && realm.hostname !== registry.hostname) {
    const message = `refused to send the identity of a cloud to ${realm.host}, which is not the registry`;
    throw new TransportError('guard', message);
  }
  if (realm.protocol === 'https:' || login.kind === 'anonymous') return;
  if (registry.protocol === 'http:' && registry.hostname === realm.hostname) return;
  throw new TransportError('guard', `refused to send credentials to ${realm.host} over plain http`);
}

/**
 * A registry that is asked by https may not send us to a token service by plain http.
 * @throws TransportError with phase `guard`.
 */
export function refusePlainRealm({ origin }: Recipient, url: URL): void {
  if (!origin.startsWith('https:') || url.protocol !== 'http:') return;
  throw new TransportError('guard', `refused to send credentials to ${url.host} over plain http`);
}
