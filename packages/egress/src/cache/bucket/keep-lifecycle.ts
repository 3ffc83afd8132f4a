import { type Bucket, BucketError, buildExpiryRule, ruleId } from '@registry-cache/bucket';
import type { Logger } from '@registry-cache/runtime';

export interface KeepLifecycleDeps {
  readonly bucket: Pick<Bucket, 'name' | 'setLifecycle' | 'hasOwnRule' | 'removeOwnRule'>;
  readonly prefix: string;
  /** 0 where nothing shall expire. */
  readonly expireMs: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
}

const TRY_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Sets the rule by which the bucket deletes what nobody uses, or removes it where nothing shall
 * expire. A bucket that does not answer is tried again. Where that is not allowed, the operator has to
 * do it, and is told which rule.
 */
export async function keepLifecycle(deps: KeepLifecycleDeps, signal: AbortSignal): Promise<void> {
  if (deps.expireMs === 0) return dropRule(deps, signal);
  const { bucket, prefix, expireMs, log } = deps;
  const work = (limited: AbortSignal) => bucket.setLifecycle(expireMs, limited);
  await tryUntilAnswered(deps, signal, work, (err) => {
    const rule = JSON.stringify({ Rules: [buildExpiryRule(prefix, expireMs)] });
    const text = 'could not set the lifecycle of the bucket; set this rule, or nothing is deleted';
    log.warn({ bucket: bucket.name, err, rule }, text);
  });
}

/** A rule of an earlier S3_EXPIRE would go on deleting what is in use, since nothing is renewed. */
async function dropRule(deps: KeepLifecycleDeps, signal: AbortSignal): Promise<void> {
  const { bucket, prefix, log } = deps;
  const about = { bucket: bucket.name, ruleId: ruleId(prefix) };
  let isThere = false;
  const look = async (limited: AbortSignal) => {
    isThere = await bucket.hasOwnRule(limited).catch((error: unknown) => {
      // A server without lifecycles has no rule either.
      if (error instanceof BucketError && error.status === 501) return false;
      throw error;
    });
  };
  // It is not known whether there is one. Most buckets never had it.
  await tryUntilAnswered(deps, signal, look, (err) => {
    const text =
      'could not look for the rule of an earlier S3_EXPIRE in the lifecycle of the bucket; if it is there, remove it';
    log.info({ ...about, err }, text);
  });
  if (!isThere) return;
  const remove = (limited: AbortSignal) => bucket.removeOwnRule(limited);
  const isDone = await tryUntilAnswered(deps, signal, remove, (err) => {
    const text =
      'could not remove the rule of an earlier S3_EXPIRE from the lifecycle of the bucket; remove it, or content in use is deleted';
    log.warn({ ...about, err }, text);
  });
  if (isDone)
    log.info(about, 'rule of an earlier S3_EXPIRE removed from the lifecycle of the bucket');
}

/** @returns whether the work was done. */
async function tryUntilAnswered(
  { sleep }: KeepLifecycleDeps,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<void>,
  onRefusal: (message: string) => void,
): Promise<boolean> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; ) {
    try {
      await work(AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]));
      return true;
    } catch (error) {
      if (isRefusal(error)) {
        onRefusal((error as Error).message);
        return false;
      }
    }
    await sleep(pauseMs, signal).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return false;
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
