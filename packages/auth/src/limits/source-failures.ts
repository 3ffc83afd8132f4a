/** Counts wrong passwords by source: an IPv4 address, or an IPv6 network of /64. */
export interface SourceFailures {
  /** Records a wrong password from this source. */
  add(source: string): void;
  /** The time until the next password of this source may be checked; 0 if it may be now. */
  waitMs(source: string): number;
  /** Whether a password from this source was wrong within the last minute. */
  hasFailed(source: string): boolean;
}

export interface FailureLimits {
  /** The number of failures that a source may have at once. */
  readonly burst: number;
  /** The time after which a source may fail once more. */
  readonly intervalMs: number;
  /** The number of sources to know. Beyond it, the source that failed longest ago is forgotten. */
  readonly maxSources: number;
}

const FAILED_MS = 60_000;

/** The limits for wrong passwords, and for wrong tokens. */
export const FAILURE_LIMITS = { burst: 10, intervalMs: 200, maxSources: 10_000 };

interface Failures {
  readonly lastMs: number;
  /** The time at which all failures are paid off, at one for each interval. */
  readonly paidMs: number;
}

/**
 * A leaky bucket for each source. Only failures fill it, so that accepted logins are free.
 * `now` is in milliseconds.
 */
export function createSourceFailures(limits: FailureLimits, now: () => number): SourceFailures {
  const { burst, intervalMs, maxSources } = limits;
  /** In the order of the last failure, the oldest first. */
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
