import { RECHECK_WISH_MS } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { type NextPullFacts, planNextPull, type TagFacts } from './plan-next-pull.ts';

const NOW_MS = Date.parse('2026-11-30T10:00:00.000Z');
const MINUTE_MS = 60_000;
const DIGEST = `sha256:${'a'.repeat(64)}`;

const facts = (changed: Partial<NextPullFacts> = {}): NextPullFacts => {
  return {
    ...{ key: 'quay.io', upstream: 'up', tag: undefined, isHere: true, nowMs: NOW_MS },
    ...changed,
  };
};

/** A tag that was confirmed some minutes ago, and is remembered for an hour. */
const tag = (minutesAgo: number, changed: Partial<TagFacts> = {}): TagFacts => {
  return {
    pin: undefined,
    record: { digest: DIGEST, confirmedAtMs: NOW_MS - minutesAgo * MINUTE_MS },
    tier: { timeMs: 60 * MINUTE_MS, graceMs: 0 },
    pausedUntilMs: undefined,
    ...changed,
  };
};

it.each<[string, Partial<NextPullFacts>, string, RegExp]>([
  ['a digest that is here', {}, 'served', /a digest never changes/],
  ['a digest that is not', { isHere: false }, 'fetched', /quay\.io is asked/],
  ['a tag within its time', { tag: tag(20) }, 'served', /until 2026-11-30T10:40:00Z/],
  ['a tag after it', { tag: tag(61) }, 'checked', /its time is over/],
  [
    'a tag in its grace',
    { tag: tag(61, { tier: { timeMs: 60 * MINUTE_MS, graceMs: 5 * MINUTE_MS } }) },
    ...(['grace', /while quay\.io is asked/] as const),
  ],
  [
    'a tag that is never remembered',
    { tag: tag(0, { tier: { timeMs: 0, graceMs: 0 } }) },
    ...(['checked', /at each pull/] as const),
  ],
  [
    'a tag that an operator wants checked',
    { tag: tag(0, { record: { digest: DIGEST, confirmedAtMs: RECHECK_WISH_MS } }) },
    ...(['checked', /an operator wants it checked/] as const),
  ],
  ['a tag of tomorrow, by a wrong clock', { tag: tag(-1440) }, 'checked', /its time is over/],
  ['a tag of an upstream that is down', { tag: tag(61), upstream: 'down' }, 'stale', /is down/],
  ['the same within its time', { tag: tag(20), upstream: 'down' }, 'served', /until/],
  [
    'a tag whose check has failed just now',
    { tag: tag(61, { pausedUntilMs: NOW_MS + 4_000 }) },
    ...(['stale', /not asked before 2026-11-30T10:00:04Z/] as const),
  ],
  [
    'a tag that is not here, of an upstream that is down',
    { tag: tag(0, { record: undefined }), isHere: false, upstream: 'down' },
    ...(['unavailable', /while it is down/] as const),
  ],
  [
    'the same of one that is offline',
    { tag: tag(0, { record: undefined }), isHere: false, upstream: 'offline' },
    ...(['unavailable', /offline by the policy file/] as const),
  ],
  ['a tag whose manifest was evicted', { tag: tag(1), isHere: false }, 'fetched', /not here/],
  [
    'a frozen tag, whatever its time',
    { tag: tag(600, { pin: { kind: 'frozen', digest: DIGEST } }) },
    ...(['pinned', /frozen/] as const),
  ],
  [
    'an error that is repeated',
    { isHere: false, repeated: { status: 404, message: 'no such tag', untilMs: NOW_MS + 5_000 } },
    ...(['unavailable', /until 2026-11-30T10:00:05Z: 404 no such tag/] as const),
  ],
])('%s', (_, changed, code, text) => {
  const next = planNextPull(facts(changed));
  expect(next.code).toBe(code);
  expect(next.text).toMatch(text);
});
