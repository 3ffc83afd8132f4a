/** Counts wrong passwords by source: an IPv4 address, or an IPv6 network of /64. */
export interface SourceFailures {
  /** Notes that a password from there was found to be wrong. */
  add(source: string): void;
  /** How long its next password must wait to be checked; 0 where it may be at once. */
  waitMs(source: string): number;
  /** Whether a password from there was wrong within the last minute. */
  hasFailed(source: string): boolean;
}

export interface FailureLimits {
  /** So many failures at once, */
  readonly burst: number;
  /** and then one in each such time. */
  readonly intervalMs: number;
  /** Sources to know at a time; beyond it the one that failed longest ago is forgotten. */
  readonly maxSources: number;
}

const FAILED_MS = 60_000;

interface Failures {
  readonly lastMs: number;
  /** When all failures would be paid off, at one for each interval. */
  readonly paidMs: number;
}

/**
 * A leaky bucket for each source. Only failures fill it, so that accepted logins are free.
 * `now` is in milliseconds.
 */
export function createSourceFailures(limits: FailureLimits, now: () => number): SourceFailures {
  const { burst, intervalMs, maxSources } = limits;
  /** By the time of the last failure, the oldest first. */
  const sources = new Map<string, Failures>();

  function forgetOld(nowMs: number): void {
    for (const [source, { lastMs }] of sources) {
      if (sources.size <= maxSources && nowMs - lastMs < FAILED_MS) return;
      sources.delete(source);
    }
  }

  return {
    add(source) {
      const nowMs = now();
      const paidMs = Math.max(nowMs, sources.get(source)?.paidMs ?? 0) + intervalMs;
      sources.delete(source);
      sources.set(source, { lastMs: nowMs, paidMs });
      forgetOld(nowMs);
    },
    waitMs(source) {
      const dueMs = (sources.get(source)?.paidMs ?? 0) - now();
      return Math.max(0, dueMs - (burst - 1) * intervalMs);
    },
    hasFailed(source) {
      const failures = sources.get(source);
      return failures !== undefined && now() - failures.lastMs < FAILED_MS;
    },
  };
}
