import { formatDuration } from '@registry-cache/domain';

/** Facts of a request and of the time around it. */
export interface RequestFacts {
  readonly upstream: string;
  readonly kind: string;
  readonly status: number;
  /** As `classifyAnswer` has it. */
  readonly outcome: string;
  /** A `MissReason` of egress; null where it was not asked. */
  readonly why: string | null;
  readonly error: string | null;
  readonly evictedMs: number | null;
  readonly evictedBecause: string | null;
  readonly lastAccessMs: number | null;
  readonly earlierMs: number | null;
  readonly outage: string | null;
}

/** Why a request was no hit. */
export interface FoundReason {
  readonly code: string;
  /** One sentence. */
  readonly text: string;
}

/**
 * Finds the reason of a request. Egress says what it saw; the history says why content was not here.
 * Every list of requests has its reasons from here.
 */
export function findReason(facts: RequestFacts): FoundReason {
  const { outcome, why, upstream, outage } = facts;
  if (outcome === 'hit')
    return { code: 'hit', text: 'it came from disk, and no registry was asked' };
  if (why === 'absent') return findAbsence(facts);
  const known = why === null ? undefined : REASONS[why];
  if (known !== undefined) return { code: why ?? '', text: known(facts) };
  if (outcome === 'failed' && outage !== null) {
    return { code: 'upstream-down', text: `${upstream} was down: ${outage}` };
  }
  return OUTCOMES[outcome]?.(facts) ?? UNKNOWN;
}

type Words = (facts: RequestFacts) => string;

/** The reasons that egress tells, in words. */
const REASONS: Readonly<Record<string, Words>> = {
  'not-linked': ({ upstream }) =>
    `its bytes were here for another repository, so ${upstream} was asked whether this one has it; no byte was fetched`,
  shared: ({ upstream }) =>
    `it was on its way from ${upstream} already: its manifest had started that, or another client`,
  range: () => 'only a part of it was asked for, which was passed on and not stored',
  head: () => 'it was not here, and a HEAD fetches nothing',
  'tag-expired': ({ upstream }) =>
    `the time of the tag was over, and ${upstream} confirmed that it had not moved`,
  'tag-changed': ({ upstream }) => `the tag had moved at ${upstream}`,
  'tag-always': ({ upstream }) => `the tag is never remembered, so ${upstream} is asked each time`,
  'other-type': () => 'the client takes no type of the manifest that is here',
  list: () => 'lists are asked for anew when their time is over',
  'no-fetch': () => 'the client may not fetch, so it got what was here',
  paused: ({ upstream }) =>
    `the last check of the tag had failed just before, so ${upstream} was not asked again`,
  'slow-check': ({ upstream }) =>
    `${upstream} had not answered in time, so the copy here was served`,
  'check-failed': ({ error }) => `the tag could not be checked: ${error ?? 'no reason is known'}`,
  failed: ({ error }) => error ?? 'no reason is known',
};

/** The reasons of requests for which egress has told none, by their outcomes. */
const OUTCOMES: Readonly<Record<string, (facts: RequestFacts) => FoundReason>> = {
  absent: ({ upstream }) => ({
    code: 'not-there',
    text: `it was not here, and ${upstream} does not have it`,
  }),
  refused: () => ({ code: 'refused', text: 'a rule, a limit or the registry refused it' }),
  challenged: () => ({ code: 'login', text: 'a login was asked for, or was wrong' }),
  invalid: ({ status }) => ({ code: 'invalid', text: `the request itself was wrong (${status})` }),
  left: () => ({ code: 'left', text: 'the client left before there was an answer' }),
  answered: () => ({ code: 'answered', text: 'it is no content of an image' }),
};

const UNKNOWN: FoundReason = { code: 'unknown', text: 'no reason is remembered' };

function findAbsence({
  evictedMs,
  evictedBecause,
  lastAccessMs,
  earlierMs,
}: RequestFacts): FoundReason {
  // Content that came again after its eviction has gone in another way.
  if (evictedMs !== null && evictedMs >= (earlierMs ?? 0)) {
    const idle =
      lastAccessMs === null
        ? ''
        : `, ${formatDuration(Math.max(0, Math.round((evictedMs - lastAccessMs) / 1000)) * 1000)} after its last use`;
    const why = EVICTIONS[evictedBecause ?? ''] ?? 'for room';
    return { code: 'evicted', text: `it was evicted at ${formatTime(evictedMs)}${idle}: ${why}` };
  }
  if (earlierMs !== null) {
    const text = `it was here before, at ${formatTime(earlierMs)}, and was removed or not stored since`;
    return { code: 'removed', text };
  }
  return {
    code: 'never-pulled',
    text: 'it was not here: nobody had pulled it, as far as is remembered',
  };
}

/** The reasons that the cleaner tells, in words. */
const EVICTIONS: Readonly<Record<string, string>> = {
  start: 'the store was over its limit at the start',
  timer: 'the store was over its limit',
  growth: 'the store had grown over its limit',
  reservation: 'room was needed for another fetch',
  pins: 'pins hold the rest of the store',
  prune: 'by registry-cache prune',
};

function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
