import { createSourceFailures, FAILURE_LIMITS } from '../limits/source-failures.ts';
import type { Guest } from './guest.ts';

/** Counts wrong logins of guests. */
export interface GuestFailures {
  add(source: string, guest: Guest): void;
  /** Whether the source must wait before this guest's login may be tried. */
  mustWait(source: string, guest: Guest): boolean;
}

/** For all names together, since many clients may share one address. */
const SOURCE_LIMITS = { burst: 100, intervalMs: 100, maxSources: 10_000 };

/**
 * Counts by name as well as by source, so that guesses for one name do not keep others behind the
 * same address waiting. `now` is in milliseconds.
 */
export function createGuestFailures(now: () => number): GuestFailures {
  const bySource = createSourceFailures(SOURCE_LIMITS, now);
  const byName = createSourceFailures(FAILURE_LIMITS, now);
  return {
    add(source, guest) {
      bySource.add(source);
      byName.add(keyOf(source, guest));
    },
    mustWait: (source, guest) =>
      bySource.waitMs(source) > 0 || byName.waitMs(keyOf(source, guest)) > 0,
  };
}

function keyOf(source: string, guest: Guest): string {
  return `${source} ${guest.kind === 'token' ? '' : guest.credentials.username}`;
}
