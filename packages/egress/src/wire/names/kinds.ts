import { lookup as dnsLookup } from 'node:dns';
import type { LookupAll } from '../transport/connector.ts';
import { Names } from './names.ts';
import { resolveApart } from './resolve-apart.ts';

/** A registry that moves is found after this; connections come in bursts. */
const OPERATOR_RULES = {
  freshMs: 5_000,
  failedMs: 0,
  lateMs: 500,
  maxRunning: Number.POSITIVE_INFINITY,
};

/** Less than a connection may take, so that the name is what failed; and never long. */
const NAME_PART = 0.8;
const LONGEST_NAME_MS = 5_000;

/** A name that fails is asked for by many clients, again and again. */
const CLIENT_RULES = { freshMs: 5_000, failedMs: 5_000, lateMs: 500, maxRunning: 64 };

/** Names that the operator chose, and those where the upstreams lead: by the system's resolver. */
export function operatorNames(now: () => number, lookup: LookupAll = dnsLookup): Names {
  return new Names(lookup, OPERATOR_RULES, now);
}

/**
 * Names that clients choose: tunnels, and registries on demand. They never get to the system's
 * resolver, which looks up two names at a time for the whole process.
 * @param connectMs what a connection may take, its name included.
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
