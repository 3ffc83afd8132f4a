import { lookup as dnsLookup } from 'node:dns';
import type { LookupAll } from '../transport/connector.ts';
import { Names } from './names.ts';
import { resolveApart } from './resolve-apart.ts';

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
export function operatorNames(now: () => number, lookup: LookupAll = dnsLookup): Names {
  return new Names(lookup, OPERATOR_RULES, now);
}

/**
 * Names that clients choose: of tunnels, and of registries on demand. They never use the system's
 * resolver, because it looks up only two names at a time for the whole process.
 * @param connectMs time limit of a connection, with its lookup.
 */
export function clientNames(now: () => number, connectMs: number, lookup?: LookupAll): Names {
  const limitMs = Math.min(LONGEST_NAME_MS, connectMs * NAME_PART);
  return new Names(lookup ?? apart(limitMs), CLIENT_RULES, now);
}

function apart(limitMs: number): LookupAll {
  return (name, _options, callback) => {
    resolveApart(name, { limitMs }).then(
      (found) => callback(null, found),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}
