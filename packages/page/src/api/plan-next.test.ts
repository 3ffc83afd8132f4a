import { expect, it } from 'vitest';
import { planNextMs } from './plan-next.ts';

const SEEN = { everyMs: 3_000, hidden: false, failures: 0 };

it('asks slower in the background', () => {
  expect(planNextMs(SEEN)).toBe(3_000);
  expect(planNextMs({ ...SEEN, hidden: true })).toBe(60_000);
  expect(planNextMs({ ...SEEN, hidden: true, everyMs: 90_000 })).toBe(90_000);
});

it('waits longer with each failure, and at most a minute', () => {
  const pauses = [1, 2, 3, 20].map((failures) => planNextMs({ ...SEEN, failures }));
  expect(pauses).toEqual([6_000, 12_000, 24_000, 60_000]);
});

it('never asks faster after a failure', () => {
  expect(planNextMs({ everyMs: 90_000, hidden: false, failures: 3 })).toBe(90_000);
});
