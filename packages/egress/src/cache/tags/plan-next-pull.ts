import { type NextPull, RECHECK_WISH_MS } from '@registry-cache/domain';
import type { TagPin } from '../../store/pins.ts';
import type { TagRecord } from '../../store/tags.ts';
import type { Tier } from './tiers.ts';

/** What decides about the next pull of an image. */
export interface NextPullFacts {
  /** The upstream's name. */
  readonly key: string;
  /** Whether it would be asked now. */
  readonly upstream: 'up' | 'down' | 'offline';
  /** Undefined where the image is asked for by its digest. */
  readonly tag: TagFacts | undefined;
  /** Whether the manifest of the digest, or of the tag here, is here and may be served. */
  readonly isHere: boolean;
  /** An error that is repeated for everybody who asks. */
  readonly repeated?: RepeatedError | undefined;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface TagFacts {
  readonly pin: TagPin | undefined;
  readonly record: TagRecord | undefined;
  readonly tier: Tier;
  /** Until when the tag is not checked again after a failed check. */
  readonly pausedUntilMs: number | undefined;
}

export interface RepeatedError {
  readonly status: number;
  readonly message: string;
  readonly untilMs: number;
}

/**
 * Tells what the next pull would do, by the same order of questions as `respondByTag`. Rules of
 * access, trust and admission may still refuse it.
 */
export function planNextPull(facts: NextPullFacts): NextPull {
  const { tag, isHere } = facts;
  if (tag === undefined) return isHere ? SERVED_BY_DIGEST : planFetch(facts);
  const pinned = planPinnedTag(facts, tag);
  if (pinned !== undefined) return pinned;
  if (tag.record === undefined || !isHere) return planFetch(facts);
  return planRemembered(facts, tag, tag.record);
}

const SERVED_BY_DIGEST: NextPull = {
  code: 'served',
  text: 'served from disk: a digest never changes',
};

function planPinnedTag(facts: NextPullFacts, { pin, record }: TagFacts): NextPull | undefined {
  if (pin === undefined || pin.kind === 'following') return undefined;
  const digest = pin.kind === 'frozen' ? pin.digest : record?.digest;
  if (digest === undefined) return undefined;
  const why =
    pin.kind === 'frozen'
      ? 'a pin has frozen the tag'
      : 'its pin cannot be read, so the tag stays as it is here';
  if (facts.isHere) return { code: 'pinned', text: `served from disk: ${why}` };
  const { code, text } = planFetch(facts);
  return { code, text: `${text}, as ${digest}: ${why}` };
}

function planFetch({ key, upstream, repeated, nowMs }: NextPullFacts): NextPull {
  if (repeated !== undefined && repeated.untilMs > nowMs) {
    const { status, message, untilMs } = repeated;
    const text = `the error of the last try is repeated until ${formatTime(untilMs)}: ${status} ${message}`;
    return { code: 'unavailable', text };
  }
  if (upstream === 'down') {
    return {
      code: 'unavailable',
      text: `it is not here, and ${key} is not asked while it is down`,
    };
  }
  if (upstream === 'offline') {
    return {
      code: 'unavailable',
      text: `it is not here, and ${key} is offline by the policy file`,
    };
  }
  return { code: 'fetched', text: `it is not here, so ${key} is asked for it` };
}

function planRemembered(
  { key, upstream, nowMs }: NextPullFacts,
  { tier, pausedUntilMs = 0 }: TagFacts,
  { confirmedAtMs }: TagRecord,
): NextPull {
  const ageMs = nowMs - confirmedAtMs;
  // A time of confirmation in the future comes from a wrong clock.
  const restMs = ageMs < 0 ? 0 : tier.timeMs - ageMs;
  if (restMs > 0) {
    const until = formatTime(nowMs + restMs);
    return { code: 'served', text: `served from disk until ${until}, without asking ${key}` };
  }
  if (upstream !== 'up') {
    const why = upstream === 'down' ? 'is down' : 'is offline by the policy file';
    return { code: 'stale', text: `served from disk as stale, since ${key} ${why}` };
  }
  if (tier.timeMs > 0 && pausedUntilMs > nowMs) {
    const until = formatTime(pausedUntilMs);
    return {
      code: 'stale',
      text: `served from disk as stale: the last check failed, and ${key} is not asked before ${until}`,
    };
  }
  if (tier.timeMs > 0 && restMs > -tier.graceMs) {
    return { code: 'grace', text: `served from disk, while ${key} is asked about the tag` };
  }
  const over = whyOver(tier, confirmedAtMs);
  return {
    code: 'checked',
    text: `${key} is asked whether the tag has moved, since ${over}; if it does not answer, the copy here is served`,
  };
}

function whyOver({ timeMs }: Tier, confirmedAtMs: number): string {
  if (timeMs === 0) return 'it is checked at each pull';
  return confirmedAtMs === RECHECK_WISH_MS ? 'an operator wants it checked' : 'its time is over';
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
