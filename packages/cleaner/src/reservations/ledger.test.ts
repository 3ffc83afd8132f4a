import { expect, test } from 'vitest';
import { boundByDisk } from '../plan/limits.ts';
import type { RunReport } from '../run/run-once.ts';
import { Ledger } from './ledger.ts';

const LIMITS = { startBytes: 1200, targetBytes: 1000 };
const disk = (usedBytes: number, availableBytes = 1e6) => ({
  totalBytes: 2e6,
  usedBytes,
  availableBytes,
});
const report = (bytes: number, inFlight = 1, pinnedBytes = 0) =>
  ({
    usedBeforeBytes: bytes,
    usedAfterBytes: bytes,
    inFlight,
    pinned: { bytes: pinnedBytes },
  }) as RunReport;

function openLedger(storeBytes: number, minFreeBytes = 0) {
  const ledger = new Ledger(LIMITS, { bytes: minFreeBytes, percent: null });
  ledger.followDisk(disk(5000), 0);
  ledger.recordRun(report(storeBytes), 5000, 0);
  return ledger;
}

test('knows nothing before the store was measured', () => {
  const ledger = new Ledger(LIMITS, { bytes: 0, percent: null });
  expect([ledger.fits(1), ledger.usedBytes]).toEqual([false, undefined]);
});

test('grants up to the size at which cleaning starts, and no byte more', () => {
  const ledger = openLedger(900);
  ledger.grant(200);
  expect([ledger.fits(100), ledger.fits(101)]).toEqual([true, false]);
});

test('counts a grant once, before and after its bytes arrive', () => {
  const ledger = openLedger(900);
  ledger.grant(200);
  ledger.followDisk(disk(5150), 0);
  expect([ledger.usedBytes, ledger.pendingBytes, ledger.fits(100)]).toEqual([1050, 50, true]);
  ledger.recordRun(report(1050), 5150, ledger.pendingBytes);
  expect([ledger.pendingBytes, ledger.fits(101)]).toEqual([50, false]);
});

test('expects no bytes without a download in flight, except those granted during the run', () => {
  const ledger = openLedger(900);
  ledger.grant(200);
  const { pendingBytes } = ledger;
  ledger.grant(30);
  ledger.recordRun(report(900, 0), 5000, pendingBytes);
  expect(ledger.pendingBytes).toBe(30);
});

test('the bytes of a failed fetch fade out', () => {
  const ledger = openLedger(900);
  ledger.grant(200);
  ledger.followDisk(disk(5000), 60_000);
  expect(ledger.pendingBytes).toBeGreaterThan(50);
  expect(ledger.pendingBytes).toBeLessThan(70);
});

test('keeps the minimum of the disk free, whoever uses the rest', () => {
  const ledger = openLedger(900, 100);
  ledger.followDisk(disk(5000, 180), 0);
  expect([ledger.fits(80), ledger.fits(81), ledger.exceedsLimit(981)]).toEqual([true, false, true]);
  expect(ledger.limits).toEqual({ startBytes: 980, targetBytes: Math.floor((980 * 1000) / 1200) });
});

test('grants nothing below the minimum of free inodes', () => {
  const inodes = (available: number) => ({ ...disk(5000), inodes: { total: 1000, available } });
  const ledger = new Ledger(LIMITS, { bytes: 0, percent: 5 });
  ledger.followDisk(inodes(70), 0);
  ledger.recordRun(report(0), 5000, 0);
  expect(ledger.fits(1)).toBe(true);
  ledger.grant(1);
  expect(ledger.fits(1)).toBe(true);
  ledger.grant(1);
  expect([ledger.fits(1), ledger.isShortOfInodes]).toEqual([false, false]);
  // Inodes that were used are gone from the disk, and no longer pending.
  ledger.followDisk(inodes(65), 0);
  expect(ledger.fits(1)).toBe(false);
  ledger.followDisk(inodes(49), 0);
  expect(ledger.isShortOfInodes).toBe(true);
  ledger.followDisk(inodes(500), 0);
  expect(ledger.fits(1)).toBe(true);
});

test('a disk with too little free space shrinks the limits, down to 0', () => {
  expect(boundByDisk(LIMITS, 900, { availableBytes: 0, minFreeBytes: 100 }).startBytes).toBe(800);
  expect(boundByDisk(LIMITS, 90, { availableBytes: 0, minFreeBytes: 100 }).startBytes).toBe(0);
  expect(boundByDisk(LIMITS, 900, { availableBytes: 400, minFreeBytes: 100 })).toBe(LIMITS);
});

test('pins below the limit leave the rest of the store to other content', () => {
  const ledger = openLedger(900);
  ledger.recordRun(report(900, 1, 500), 5000, 0);
  expect(ledger.limits).toEqual(LIMITS);
  expect([ledger.exceedsLimit(700), ledger.exceedsLimit(701)]).toEqual([false, true]);
  expect([ledger.isFullOfPins, ledger.wakeBytes]).toEqual([false, 1200]);
});

test('pins above the limit leave what is left of the threshold', () => {
  const ledger = openLedger(1100);
  ledger.recordRun(report(1100, 1, 1080), 5000, 0);
  expect(ledger.limits).toEqual({ startBytes: 1200, targetBytes: 1180 });
  expect(ledger.room).toEqual({ startBytes: 120, targetBytes: 100 });
  expect([ledger.fits(100), ledger.fits(101)]).toEqual([true, false]);
  expect([ledger.exceedsLimit(120), ledger.exceedsLimit(121)]).toEqual([false, true]);
});

test('where pins fill the store, every reservation is refused, and a little growth wakes nobody', () => {
  const ledger = openLedger(2000);
  ledger.recordRun(report(2000, 1, 2000), 5000, 0);
  expect([ledger.fits(1), ledger.exceedsLimit(1), ledger.isFullOfPins]).toEqual([
    false,
    true,
    true,
  ]);
  expect(ledger.wakeBytes).toBeGreaterThan(2000);
  ledger.recordRun(report(2000, 1, 0), 5000, 0);
  expect([ledger.exceedsLimit(1), ledger.wakeBytes]).toEqual([false, 1200]);
});
