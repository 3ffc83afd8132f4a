import { beforeEach, expect, test } from 'vitest';
import { createSourceFailures, type SourceFailures } from './source-failures.ts';

let nowMs: number;
let failures: SourceFailures;

beforeEach(() => {
  nowMs = 1_000_000;
  failures = createSourceFailures({ burst: 10, intervalMs: 200, maxSources: 3 }, () => nowMs);
});

/** Adds failures for so long, whenever one is allowed. @returns their number. */
function failFor(source: string, durationMs: number): number {
  let count = 0;
  for (const endMs = nowMs + durationMs; nowMs < endMs; nowMs += 10) {
    while (failures.waitMs(source) === 0) {
      failures.add(source);
      count += 1;
    }
  }
  return count;
}

test('allows a burst, and then one failure for each interval', () => {
  expect(failFor('192.0.2.1', 10_000)).toBe(10 + 49);
});

test('says how long a source must wait', () => {
  for (let count = 0; count < 10; count += 1) {
    expect(failures.waitMs('192.0.2.1')).toBe(0);
    failures.add('192.0.2.1');
  }
  expect(failures.waitMs('192.0.2.1')).toBe(200);
  nowMs += 150;
  expect(failures.waitMs('192.0.2.1')).toBe(50);
});

test('keeps sources apart', () => {
  for (let count = 0; count < 20; count += 1) failures.add('192.0.2.1');
  expect(failures.waitMs('192.0.2.1')).toBeGreaterThan(0);
  expect(failures.waitMs('2001:db8::')).toBe(0);
  expect(failures.hasFailed('2001:db8::')).toBe(false);
});

test('a source that stops gets its burst back, and counts as clean after a minute', () => {
  failFor('192.0.2.1', 1_000);
  nowMs += 2_000;
  expect(failures.hasFailed('192.0.2.1')).toBe(true);
  expect(failFor('192.0.2.1', 10)).toBe(10);
  nowMs += 60_000;
  expect(failures.hasFailed('192.0.2.1')).toBe(false);
});

test('knows a limited number of sources, and forgets the source that failed longest ago', () => {
  for (const source of ['a', 'b', 'c', 'a', 'd']) failures.add(source);
  const known = ['a', 'b', 'c', 'd'].filter((source) => failures.hasFailed(source));
  expect(known).toEqual(['a', 'c', 'd']);
});
