import { formatIssue } from '@registry-cache/domain';
import type { Logger } from '@registry-cache/runtime';
import type { PairWait } from '../inputs/read-pair.ts';

/** A rotation takes moments. A pair that still does not fit after this time is a mistake. */
const TIMEOUT_MS = 5_000;

/** Waits a few seconds for a certificate and a key that fit, and logs `message` before it. */
export function waitForPair(log: Logger, message: string): PairWait {
  return {
    timeoutMs: TIMEOUT_MS,
    onStart: (issues) =>
      log.warn({ issues: issues.map(formatIssue), timeoutMs: TIMEOUT_MS }, message),
  };
}
