import { findRegistrableDomain } from '../pull-secret/registrable-domain.ts';
import type { HostLogin } from '../settings/auth-registries.ts';
import type { Upstream } from './upstream.ts';

/**
 * The token services whose own logins count for an upstream that names them. The policy ties them to
 * it; without a policy, they share its registrable domain. An upstream on demand has none, since no
 * operator chose it.
 * Source for registrable domains: publicsuffix.org, its private part included.
 */
export function listRealms(
  { url, realms, isOnDemand }: Pick<Upstream, 'url' | 'realms' | 'isOnDemand'>,
  logins: readonly Pick<HostLogin, 'host'>[],
): readonly string[] {
  if (isOnDemand) return [];
  const registry = new URL(url).hostname;
  const isTied = (host: string) =>
    realms === undefined ? isSameOwner(registry, host.replace(/:\d+$/, '')) : realms.includes(host);
  return logins.map(({ host }) => host).filter(isTied);
}

/** Whether pulls from the upstream use a login: its own one, or that of a token service. */
export function hasCredentials(
  upstream: Pick<Upstream, 'credential' | 'url' | 'realms' | 'isOnDemand'>,
  logins: readonly Pick<HostLogin, 'host'>[],
): boolean {
  return upstream.credential !== undefined || listRealms(upstream, logins).length > 0;
}

/** Addresses and names of one part have no registrable domain, so they must be equal. */
function isSameOwner(one: string, other: string): boolean {
  const domain = findRegistrableDomain(one);
  return one === other || (domain !== null && domain === findRegistrableDomain(other));
}
