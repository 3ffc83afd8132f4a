import { lookup as dnsLookup } from 'node:dns';
import type { LookupAll } from '../transport/connector.ts';
import { DnsCache } from './dns-cache.ts';
import { resolveName } from './resolve-name.ts';

/** A registry that moves is found again after `freshMs`. Connections come in bursts. */
const OPERATOR_RULES = {
  freshMs: 5_000,
  failedMs: 0,
  lateMs: 500,
  maxRunning: Number.POSITIVE_INFINITY,
};

/** Share of the connect timeout. A slow name then fails as a name, before the connection does. */
const NAME_PART = 0.8;
const LONGEST_NAME_MS = 5_000;

/** Many clients may request a failing name again and again, so failures are cached. */
const CLIENT_RULES = { freshMs: 5_000, failedMs: 5_000, lateMs: 500, maxRunning: 64 };

/** Names that the operator chose, or that upstreams lead to. The system's resolver looks them up. */
export function createOperatorDns(now: () => number, lookup: LookupAll = dnsLookup): DnsCache {
  return new DnsCache(lookup, OPERATOR_RULES, now);
}

/**
 * Names that clients choose: of tunnels, and of registries on demand. They never use the system's
 * resolver, because it looks up only two names at a time for the whole process.
 * @param connectMs time limit of a connection, with its lookup.
 */
export function createClientDns(
  now: () => number,
  connectMs: number,
  lookup?: LookupAll,
): DnsCache {
  const limitMs = Math.min(LONGEST_NAME_MS, connectMs * NAME_PART);
  return new DnsCache(lookup ?? lookupWithin(limitMs), CLIENT_RULES, now);
}

function lookupWithin(limitMs: number): LookupAll {
  return (name, _options, callback) => {
    resolveName(name, { limitMs }).then(
      (found) => callback(null, found),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}
