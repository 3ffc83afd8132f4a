import { createBoundedMap, type Metric } from '@registry-cache/runtime';

/** Counts the outcomes of credential checks, and logs the important ones. */
export interface AuthReport {
  /** Accepted by bcrypt. */
  accepted(): void;
  refused(source: string, about: Refused): void;
  remembered(): void;
  limited(source: string): void;
  turnedAway(): void;
  metrics(waiting: number): readonly Metric[];
}

/** What is known about refused credentials. */
export interface Refused {
  /** Undefined for an unknown user, because a name from outside must not be logged. */
  readonly user?: string | undefined;
  /** The issuer that a token names, if it is one of the policy. */
  readonly issuer?: string;
  /** What is wrong with a token, without a part of it. */
  readonly reason?: string;
}

/** The part of a logger that is used. */
interface WarnLog {
  warn(fields: object, message: string): void;
}

const LOG_EVERY_MS = 10_000;
const MAX_SOURCES = 1_000;

interface Silence {
  readonly untilMs: number;
  refused: number;
  limited: number;
}

/**
 * Logs the first failure of a source at once. After that, one line in ten seconds has the numbers
 * since. `now` is in milliseconds.
 */
export function createAuthReport(log: WarnLog, now: () => number): AuthReport {
  const counts = { accepted: 0, refused: 0, remembered: 0, limited: 0, 'turned-away': 0 };
  const silences = createBoundedMap<string, Silence>(MAX_SOURCES);

  function logSometimes(source: string, kind: 'refused' | 'limited', about: Refused = {}): void {
    const nowMs = now();
    const silence = silences.get(source);
    if (silence !== undefined) silence[kind] += 1;
    if (silence !== undefined && nowMs < silence.untilMs) return;
    const { refused, limited } = silence ?? { refused: 0, limited: 0, [kind]: 1 };
    log.warn({ client: source, ...about, refused, limited }, 'credentials refused');
    silences.set(source, { untilMs: nowMs + LOG_EVERY_MS, refused: 0, limited: 0 });
  }

  return {
    accepted() {
      counts.accepted += 1;
    },
    refused(source, about) {
      counts.refused += 1;
      logSometimes(source, 'refused', about);
    },
    remembered() {
      counts.remembered += 1;
    },
    limited(source) {
      counts.limited += 1;
      logSometimes(source, 'limited');
    },
    turnedAway() {
      counts['turned-away'] += 1;
    },
    metrics: (waiting) => [
      ...Object.entries(counts).map(([outcome, value]) => ({
        name: 'registry_cache_auth_checks_total' as const,
        value,
        labels: { outcome },
      })),
      {
        name: 'registry_cache_auth_waiting',
        value: waiting,
      },
    ],
  };
}
