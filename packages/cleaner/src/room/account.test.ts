import { expect, test } from 'vitest';
import { boundByDisk } from '../plan/limits.ts';
import type { RunReport } from '../run/run-once.ts';
import { Account } from './account.ts';

const LIMITS = { startBytes: 1200, targetBytes: 1000 };
const disk = (usedBytes: number, availableBytes = 1e6) => ({
  totalBytes: 2e6,
  usedBytes,
  availableBytes,
});
const report = (bytes: number, inFlight = 1) =>
  ({ usedBeforeBytes: bytes, usedAfterBytes: bytes, inFlight }) as RunReport;

function openAccount(storeBytes: number, minFreeBytes = 0) {
  const account = new Account(LIMITS, { bytes: minFreeBytes, percent: null });
  account.follow(disk(5000), 0);
  account.measured(report(storeBytes), 5000, 0);
  return account;
}

test('knows nothing before the store was measured', () => {
  const account = new Account(LIMITS, { bytes: 0, percent: null });
  expect([account.fits(1), account.usedBytes]).toEqual([false, undefined]);
});

test('grants up to where cleaning would start, no byte more', () => {
  const account = openAccount(900);
  account.grant(200);
  expect([account.fits(100), account.fits(101)]).toEqual([true, false]);
});

test('what was granted counts once, before it came and after', () => {
  const account = openAccount(900);
  account.grant(200);
  account.follow(disk(5150), 0);
  expect([account.usedBytes, account.comingBytes, account.fits(100)]).toEqual([1050, 50, true]);
  account.measured(report(1050), 5150, account.comingBytes);
  expect([account.comingBytes, account.fits(101)]).toEqual([50, false]);
});

test('with nothing in flight nothing is coming, but for what was granted meanwhile', () => {
  const account = openAccount(900);
  account.grant(200);
  const { comingBytes } = account;
  account.grant(30);
  account.measured(report(900, 0), 5000, comingBytes);
  expect(account.comingBytes).toBe(30);
});

test('a fetch that failed is forgotten by and by', () => {
  const account = openAccount(900);
  account.grant(200);
  account.follow(disk(5000), 60_000);
  expect(account.comingBytes).toBeGreaterThan(50);
  expect(account.comingBytes).toBeLessThan(70);
});

test('keeps the minimum of the disk free, whoever takes the rest', () => {
  const account = openAccount(900, 100);
  account.follow(disk(5000, 180), 0);
  expect([account.fits(80), account.fits(81), account.isTooMuch(981)]).toEqual([true, false, true]);
  expect(account.limits).toEqual({ startBytes: 980, targetBytes: Math.floor((980 * 1000) / 1200) });
});

test('grants nothing that takes the inodes that have to stay free', () => {
  const inodes = (available: number) => ({ ...disk(5000), inodes: { total: 1000, available } });
  const account = new Account(LIMITS, { bytes: 0, percent: 5 });
  account.follow(inodes(70), 0);
  account.measured(report(0), 5000, 0);
  expect(account.fits(1)).toBe(true);
  account.grant(1);
  expect(account.fits(1)).toBe(true);
  account.grant(1);
  expect([account.fits(1), account.isShortOfInodes]).toEqual([false, false]);
  // What came is gone from the disk, and no longer expected.
  account.follow(inodes(65), 0);
  expect(account.fits(1)).toBe(false);
  account.follow(inodes(49), 0);
  expect(account.isShortOfInodes).toBe(true);
  account.follow(inodes(500), 0);
  expect(account.fits(1)).toBe(true);
});

test('a disk with too little free shrinks the store, at the worst to nothing', () => {
  expect(boundByDisk(LIMITS, 900, { availableBytes: 0, minFreeBytes: 100 }).startBytes).toBe(800);
  expect(boundByDisk(LIMITS, 90, { availableBytes: 0, minFreeBytes: 100 }).startBytes).toBe(0);
  expect(boundByDisk(LIMITS, 900, { availableBytes: 400, minFreeBytes: 100 })).toBe(LIMITS);
});
