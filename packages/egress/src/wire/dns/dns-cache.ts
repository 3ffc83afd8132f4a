import type { LookupAddress, LookupOptions } from 'node:dns';
import { waitAtMost } from '@registry-cache/runtime';
import type { LookupAll } from '../transport/connector.ts';

/** Rules for a group of names. */
export interface DnsCacheRules {
  /** Addresses up to this age are used without a lookup. */
  readonly freshMs: number;
  /** A failure up to this age is repeated without a lookup. */
  readonly failedMs: number;
  /** After this time a lookup is late, and the last good addresses are used if there are some. */
  readonly lateMs: number;
  /** Number of lookups that may run at a time. */
  readonly maxRunning: number;
}

/** Number of remembered names. The least recently used one goes first. */
const CAPACITY = 1_000;

interface Entry {
  good: readonly LookupAddress[] | undefined;
  goodAt: number;
  failure: NodeJS.ErrnoException | undefined;
  failedAt: number;
  running: Promise<readonly LookupAddress[]> | undefined;
  startedAt: number;
}

/**
 * A cache of addresses in front of a resolver. Callers that want the same name at the same time share
 * one lookup. While the resolver is silent, the last good addresses are used.
 */
export class DnsCache {
  readonly #entries = new Map<string, Entry>();
  readonly #resolve: LookupAll;
  readonly #rules: DnsCacheRules;
  readonly #now: () => number;
  #running = 0;

  constructor(resolve: LookupAll, rules: DnsCacheRules, now: () => number) {
    this.#resolve = resolve;
    this.#rules = rules;
    this.#now = now;
  }

  /** As `dns.lookup` with `all: true`. */
  readonly lookup: LookupAll = (hostname, options, callback) => {
    this.#find(hostname, options).then(
      (addresses) => callback(null, [...addresses]),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  async #find(
    name: string,
    options: LookupOptions & { all: true },
  ): Promise<readonly LookupAddress[]> {
    const { freshMs, failedMs, lateMs, maxRunning } = this.#rules;
    const entry = this.#entryOf(name.toLowerCase());
    const now = this.#now();
    if (entry.good !== undefined && now - entry.goodAt < freshMs) return entry.good;
    if (entry.failure !== undefined && now - entry.failedAt < failedMs) return lastGood(entry);
    if (entry.running === undefined && this.#running >= maxRunning) {
      return entry.good ?? Promise.reject(busy(name));
    }
    const running = entry.running ?? this.#start(entry, name, options);
    if (entry.good === undefined) return running;
    const waitMs = isTransient(entry.failure) ? 0 : entry.startedAt + lateMs - now;
    const { good } = entry;
    const found = running.catch(() => lastGood(entry));
    return waitAtMost(Math.max(0, waitMs), found, () => good);
  }

  #start(
    entry: Entry,
    name: string,
    options: LookupOptions & { all: true },
  ): Promise<readonly LookupAddress[]> {
    this.#running += 1;
    entry.startedAt = this.#now();
    const running = new Promise<readonly LookupAddress[]>((resolve, reject) => {
      this.#resolve(name, options, (error, found) => {
        this.#running -= 1;
        entry.running = undefined;
        if (error === null) {
          entry.good = found;
          entry.goodAt = this.#now();
          entry.failure = undefined;
          resolve(found);
        } else {
          entry.failure = error;
          entry.failedAt = this.#now();
          reject(error);
        }
      });
    });
    // A caller that went on with the last good addresses does not handle a later failure.
    running.catch(() => undefined);
    entry.running = running;
    return running;
  }

  #entryOf(name: string): Entry {
    const known = this.#entries.get(name);
    this.#entries.delete(name);
    const entry = known ?? {
      ...{ good: undefined, goodAt: 0, failure: undefined, failedAt: 0 },
      ...{ running: undefined, startedAt: 0 },
    };
    this.#entries.set(name, entry);
    if (this.#entries.size > CAPACITY) this.#forgetOne();
    return entry;
  }

  #forgetOne(): void {
    for (const [name, { running }] of this.#entries) {
      if (running !== undefined) continue;
      this.#entries.delete(name);
      return;
    }
  }
}

/** @throws Error if there are no addresses, or the resolver says that the name is gone. */
function lastGood({ good, failure }: Entry): readonly LookupAddress[] {
  if (good !== undefined && (failure === undefined || isTransient(failure))) return good;
  throw failure ?? new Error('no addresses');
}

/** Whether the resolver failed, and did not say that the name is gone. */
function isTransient(failure: NodeJS.ErrnoException | undefined): boolean {
  return failure !== undefined && failure.code !== 'ENOTFOUND';
}

function busy(name: string): NodeJS.ErrnoException {
  const message = `too many names are being looked up to look for ${name} now`;
  return Object.assign(new Error(message), { code: 'EGRESS_NAMES_BUSY' });
}
