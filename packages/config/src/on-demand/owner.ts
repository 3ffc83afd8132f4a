import { findRegistrableDomain } from '../pull-secret/registrable-domain.ts';
import type { WildcardPlace } from '../pull-secret/wildcard.ts';

/** A label that no public suffix has. */
const ANY_LABEL = 'any-label-of-a-glob';

/**
 * Whether all registries of a glob are below one registrable domain. Below `*.example.com` they are;
 * a name that fits `*.io` or `*example.com` can be registered by anybody.
 */
export function hasOneOwner({ host }: WildcardPlace): boolean {
  const domain = findRegistrableDomain(withoutPort(host.replaceAll('*', ANY_LABEL)));
  return domain !== null && !domain.includes(ANY_LABEL);
}

/**
 * Whether a registry that fits a glob belongs to the glob's owner. A star may make a name that
 * `hasOneOwner` does not foresee: `*.*.amazonaws.com` fits buckets of S3, which have owners of their
 * own.
 */
export function isOfOwner({ host }: WildcardPlace, registry: string): boolean {
  const domain = findRegistrableDomain(withoutPort(registry));
  return domain !== null && `.${withoutPort(host)}`.endsWith(`.${domain}`);
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}
