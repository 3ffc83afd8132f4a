import { MISS_REASONS } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { findReason, type RequestFacts } from './find-reason.ts';
import { findSlowness, type TimedRequest } from './find-slowness.ts';

const AT_MS = Date.parse('2026-11-30T10:00:00.000Z');
const HOUR_MS = 3_600_000;
const facts = (changed: Partial<RequestFacts>): RequestFacts => {
  return {
    ...{ upstream: 'quay.io', kind: 'blob', status: 200, outcome: 'miss', why: 'absent' },
    ...{ error: null, evictedMs: null, evictedBecause: null, lastAccessMs: null },
    ...{ earlierMs: null, outage: null },
    ...changed,
  };
};

it.each<[string, Partial<RequestFacts>, string, RegExp]>([
  ['content that was never here', {}, 'never-pulled', /nobody had pulled it/],
  [
    'content that was evicted',
    {
      ...{ evictedMs: AT_MS, evictedBecause: 'reservation', lastAccessMs: AT_MS - HOUR_MS },
      earlierMs: AT_MS - HOUR_MS,
    },
    ...(['evicted', /at 2026-11-30T10:00:00Z, 1h after its last use: room was needed/] as const),
  ],
  [
    'content that came again after its eviction',
    { evictedMs: AT_MS - HOUR_MS, evictedBecause: 'timer', earlierMs: AT_MS },
    ...(['removed', /was here before/] as const),
  ],
  ['a tag that had moved', { why: 'tag-changed' }, 'tag-changed', /had moved at quay\.io/],
  ['a failed check', { why: 'check-failed', error: 'timed out' }, 'check-failed', /timed out/],
  [
    'a failure without a word of egress',
    { why: null, outcome: 'failed', outage: 'no route' },
    ...(['upstream-down', /quay\.io was down: no route/] as const),
  ],
  ['a refusal', { why: null, outcome: 'refused' }, 'refused', /refused it/],
  ['what the registry lacks', { why: null, outcome: 'absent' }, 'not-there', /does not have it/],
  ['a hit', { why: null, outcome: 'hit' }, 'hit', /from disk/],
  ['what nobody told', { why: null }, 'unknown', /no reason/],
])('tells %s', (_, changed, code, text) => {
  const found = findReason(facts(changed));
  expect(found.code).toBe(code);
  expect(found.text).toMatch(text);
});

it('has words for every reason of egress', () => {
  for (const why of MISS_REASONS) {
    expect(findReason(facts({ why })).code).not.toBe('unknown');
  }
});

const timed = (changed: Partial<TimedRequest>): TimedRequest => {
  const times = { atMs: AT_MS, ms: 10_000, firstByteMs: 9_000 };
  return { upstream: 'quay.io', outcome: 'miss', ...times, fetch: undefined, ...changed };
};
const fetch = { source: 'cdn.example', sinceMs: AT_MS, endedMs: AT_MS + 9_900, firstByteMs: 8_000 };

it('tells what took the time of a slow request', () => {
  expect(findSlowness(timed({ ms: 900 }))).toBeUndefined();
  expect(findSlowness(timed({ fetch }))).toBe('cdn.example took 8s to its first byte');
  expect(findSlowness(timed({}))).toMatch(/^quay\.io took 9s to its first byte/);
  expect(findSlowness(timed({ outcome: 'hit' }))).toMatch(/^the cache itself took 9s/);
  expect(findSlowness(timed({ firstByteMs: 10, fetch }))).toBe(
    'cdn.example took 9s900ms to send it',
  );
  expect(findSlowness(timed({ firstByteMs: 10, outcome: 'hit' }))).toMatch(/^the client took/);
});
