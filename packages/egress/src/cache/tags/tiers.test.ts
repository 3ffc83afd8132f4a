import type { TagRules } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { tiersOf } from './tiers.ts';

const SECONDARY = String.raw`(.*)(\d|\.)+(.*)(\d|\.)+(.*)(\d|\.)+`;

function rules(tiers: TagRules['tiers'], defaultMs = 3): TagRules {
  return { tiers, defaultMs, whileChecking: 'wait', deleted: 'drop', refused: 'fail' };
}

const PEERS = rules([
  { regex: '(stable|nightly|production|test)', timeMs: 1 },
  { regex: SECONDARY, timeMs: 2 },
]);

test.each([
  ['stable', 1],
  ['nightly-2024.01.02', 1],
  ['testing', 1],
  ['latest', 3],
  ['unstable', 3],
  ['1.2.3', 2],
  ['v1.27', 2],
  ['12.04', 2],
  ['bookworm-20240101-slim', 2],
  ['3.9', 2],
  ['v1', 3],
  ['jdk-17', 3],
])('%s has the same tier as in the proxies that these regexes come from', (tag, timeMs) => {
  expect(tiersOf(PEERS)(tag)).toEqual({ timeMs, graceMs: 0 });
});

test('the first matching tier counts, and all alternatives of a regex are anchored', () => {
  const tierOf = tiersOf(
    rules([
      { regex: 'a|b', timeMs: 0 },
      { regex: '.', timeMs: 1 },
    ]),
  );
  expect(['a1', 'b1', 'cab'].map((tag) => tierOf(tag).timeMs)).toEqual([0, 0, 1]);
});

test('a regex that backtracks without end on a hostile tag is stopped soon, and only once', () => {
  const tierOf = tiersOf(rules([{ regex: '(a|a|aa)+$', timeMs: 1 }]));
  const hostile = `${'a'.repeat(127)}!`;
  const before = performance.now();
  for (let count = 0; count < 20; count += 1) expect(tierOf(hostile).timeMs).toBe(3);
  expect(performance.now() - before).toBeLessThan(5_000);
});

test('characters that JSON and JavaScript escape differently keep their meaning', () => {
  const tierOf = tiersOf(rules([{ regex: String.raw`"\u0061`, timeMs: 1 }]));
  expect([tierOf('"a').timeMs, tierOf('a').timeMs]).toEqual([1, 3]);
});
