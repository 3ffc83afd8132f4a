import { expect, test } from 'vitest';
import { decideWake } from './decide-wake.ts';
import { estimateUsed } from './estimate.ts';

const RESTED = { everyMs: 60_000, estimatedBytes: 0, startBytes: 1200 };
const after = (restedMs: number, tookMs = 10) => ({
  nowMs: 100_000 + restedMs,
  lastRun: { endedMs: 100_000, tookMs },
});

test('runs at the start, and by the timer', () => {
  expect(decideWake({ ...RESTED, nowMs: 0 })).toBe('start');
  expect(decideWake({ ...RESTED, ...after(59_999) })).toBeUndefined();
  expect(decideWake({ ...RESTED, ...after(60_000) })).toBe('timer');
});

test('runs early once the store may be above its start mark', () => {
  expect(decideWake({ ...RESTED, ...after(1000), estimatedBytes: 1200 })).toBeUndefined();
  expect(decideWake({ ...RESTED, ...after(1000), estimatedBytes: 1201 })).toBe('growth');
  expect(decideWake({ ...RESTED, ...after(999), estimatedBytes: 1201 })).toBeUndefined();
  expect(decideWake({ ...RESTED, ...after(1000), estimatedBytes: undefined })).toBeUndefined();
});

test('rests longer between early runs that take longer', () => {
  const state = { ...RESTED, estimatedBytes: 5000 };
  expect(decideWake({ ...state, ...after(19_999, 5000) })).toBeUndefined();
  expect(decideWake({ ...state, ...after(20_000, 5000) })).toBe('growth');
});

test('the store has grown by what the disk has gained', () => {
  expect(estimateUsed({ usedBytes: 100, diskBytes: 5000 }, 5300)).toBe(400);
  expect(estimateUsed({ usedBytes: 100, diskBytes: 5000 }, 4950)).toBe(50);
  expect(estimateUsed({ usedBytes: 100, diskBytes: undefined }, 5300)).toBeUndefined();
  expect(estimateUsed(undefined, 5300)).toBeUndefined();
});
