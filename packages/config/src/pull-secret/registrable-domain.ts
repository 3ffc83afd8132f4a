import { getDomain } from 'tldts';

/**
 * The part of a host name that its owner has registered: `example.co.uk` of `eu.example.co.uk`. Null
 * for addresses and for names of one part.
 * Source: publicsuffix.org, its private part included.
 */
export function findRegistrableDomain(host: string): string | null {
  return getDomain(host, { allowPrivateDomains: true });
}
