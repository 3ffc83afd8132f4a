import { expect, test } from 'vitest';
import { beginEstimate, followDisk } from '../reservations/estimate.ts';
import { decideWake } from './decide-wake.ts';

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

test('runs early when the store may be above its limit', () => {
  expect(decideWake({ ...RESTED, ...after(1000), estimatedBytes: 1200 })).toBeUndefined();
  expect(decideWake({ ...RESTED, ...after(1000), estimatedBytes: 1201 })).toBe('growth');
  expect(decideWake({ ...RESTED, ...after(999), estimatedBytes: 1201 })).toBeUndefined();
  expect(decideWake({ ...RESTED, ...after(1000), estimatedBytes: undefined })).toBeUndefined();
});

test('runs early when the disk is short of inodes', () => {
  expect(decideWake({ ...RESTED, ...after(1000), isShortOfInodes: true })).toBe('growth');
  expect(decideWake({ ...RESTED, ...after(999), isShortOfInodes: true })).toBeUndefined();
});

test('rests longer after an early run that took longer', () => {
  const state = { ...RESTED, estimatedBytes: 5000 };
  expect(decideWake({ ...state, ...after(19_999, 5000) })).toBeUndefined();
  expect(decideWake({ ...state, ...after(20_000, 5000) })).toBe('growth');
});

test('measures once more after the freed space has come back to the disk', () => {
  const freed = { ...RESTED, lastFreedMs: 95_000 };
  expect(decideWake({ ...freed, ...after(4_999) })).toBeUndefined();
  expect(decideWake({ ...freed, ...after(5_000) })).toBe('growth');
  expect(decideWake({ ...freed, ...after(5_000, 5_000) })).toBeUndefined();
  expect(decideWake({ ...freed, ...after(5_000), lastFreedMs: 90_000 })).toBeUndefined();
  expect(decideWake({ ...RESTED, ...after(5_000) })).toBeUndefined();
});

test('the estimate grows with the use of the disk', () => {
  const before = { usedBytes: 100, diskBytes: 5000 };
  expect(followDisk(before, 5300)).toEqual({ usedBytes: 400, diskBytes: 5300 });
  expect(followDisk(before, undefined)).toEqual(before);
  const unknown = { usedBytes: 100, diskBytes: undefined };
  expect(followDisk(unknown, 5300)).toEqual(unknown);
});

test('growth does not hide behind space that others free on the same disk', () => {
  const grown = followDisk({ usedBytes: 100, diskBytes: 5000 }, 5300);
  const freed = followDisk(grown, 2000);
  expect(freed).toEqual({ usedBytes: 400, diskBytes: 2000 });
  expect(followDisk(freed, 2050).usedBytes).toBe(450);
});

test('counts writes during a run as growth, and its removals as none', () => {
  const estimate = beginEstimate({ usedBeforeBytes: 150, usedAfterBytes: 100 }, 5050);
  expect(estimate).toEqual({ usedBytes: 100, diskBytes: 5000 });
  expect(followDisk(estimate, 5010).usedBytes).toBe(110);
});

test('runs early when pins have changed that left no room', () => {
  expect(decideWake({ ...RESTED, ...after(1000), mayHaveRoomAgain: true })).toBe('pins');
  expect(decideWake({ ...RESTED, ...after(999), mayHaveRoomAgain: true })).toBeUndefined();
});

test('measures again when the store has changed by more than a fiftieth', () => {
  const mib = 1024 * 1024;
  const changed = { ...RESTED, measuredBytes: 100 * mib, changedBytes: 2 * mib + 1 };
  expect(decideWake({ ...changed, ...after(9_999) })).toBeUndefined();
  expect(decideWake({ ...changed, ...after(10_000) })).toBe('growth');
  expect(decideWake({ ...changed, ...after(10_000, 60) })).toBeUndefined();
  expect(decideWake({ ...changed, ...after(12_000, 60) })).toBe('growth');
  expect(decideWake({ ...changed, ...after(10_000), changedBytes: 2 * mib })).toBeUndefined();
  expect(decideWake({ ...changed, ...after(10_000), measuredBytes: undefined })).toBeUndefined();
});

test('takes the first mebibyte of an empty store for no change', () => {
  const empty = { ...RESTED, measuredBytes: 0, ...after(10_000) };
  expect(decideWake({ ...empty, changedBytes: 1024 * 1024 })).toBeUndefined();
  expect(decideWake({ ...empty, changedBytes: 1024 * 1024 + 1 })).toBe('growth');
});
