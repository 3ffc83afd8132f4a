import { expect, it } from 'vitest';
import { formatEnd, LIMITS, nextLimit } from './plan-limit.ts';

it('grows by steps, and ends', () => {
  const [first = 0, second = 0, third = 0] = LIMITS;
  expect([nextLimit(first), nextLimit(second), nextLimit(third)]).toEqual([200, 1_000, undefined]);
});

it('tells a whole list from one that goes on', () => {
  expect(formatEnd(73, 200)).toBe('All 73 are shown.');
  expect(formatEnd(1_000, 1_000)).toContain('The newest 1,000 are shown');
});
