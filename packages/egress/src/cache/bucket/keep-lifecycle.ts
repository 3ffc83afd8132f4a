import { type Bucket, BucketError, buildExpiryRule } from '@registry-cache/bucket';
import type { Logger } from '@registry-cache/runtime';

export interface KeepLifecycleDeps {
  readonly bucket: Pick<Bucket, 'name' | 'setLifecycle'>;
  readonly prefix: string;
  readonly expireMs: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
}

const TRY_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Sets the rule by which the bucket deletes what nobody uses. A bucket that does not answer is tried
 * again. Where setting it is not allowed, the operator has to do it, and is told which rule.
 */
export async function keepLifecycle(deps: KeepLifecycleDeps, signal: AbortSignal): Promise<void> {
  const { bucket, prefix, expireMs, sleep, log } = deps;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; ) {
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]);
      return await bucket.setLifecycle(expireMs, limited);
    } catch (error) {
      if (isRefusal(error)) {
        const err = (error as Error).message;
        const rule = JSON.stringify({ Rules: [buildExpiryRule(prefix, expireMs)] });
        const text =
          'could not set the lifecycle of the bucket; set this rule, or nothing is deleted';
        return log.warn({ bucket: bucket.name, err, rule }, text);
      }
    }
    await sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Of too many requests, and of another replica that sets the rule at the same time. */
const PASSING_STATUSES = new Set([408, 409, 429]);
/**
 * Refusals of credentials and of a clock, for which the next request finds others. Source: Amazon S3's
 * documentation of its errors.
 */
const PASSING_REASONS = new Set(['ExpiredToken', 'RequestTimeout', 'RequestTimeTooSkewed']);

/** Whether the bucket answered, and will not do it. Servers without lifecycles answer 501. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof BucketError)) return false;
  if (PASSING_STATUSES.has(error.status) || PASSING_REASONS.has(error.reason)) return false;
  return (error.status >= 400 && error.status < 500) || error.status === 501;
}
