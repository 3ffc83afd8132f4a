import { expect, test } from 'vitest';
import { BlobTable } from '../scan/blob-table.ts';
import { planLimits } from './limits.ts';
import { planEviction } from './plan-eviction.ts';

const NOW_MS = 1_000_000;

/** Blobs as [size, atime, mtime]. */
function createTable(...blobs: [number, number, number?][]): BlobTable {
  const table = new BlobTable();
  blobs.forEach(([size, atime, mtime = 0], index) => {
    table.add('sha256', String(index).padStart(64, '0'), size, atime, mtime);
  });
  return table;
}

function plan(table: BlobTable, usedBytes: number, maxSizeBytes: number) {
  const limits = planLimits(maxSizeBytes, 20);
  const { order, victims, bytesToFree } = planEviction(table, { usedBytes, limits, nowMs: NOW_MS });
  return { bytesToFree, victims: [...order.subarray(0, victims)] };
}

test('cleaning starts at the size plus its threshold, and ends at the size', () => {
  expect(planLimits(1000, 20)).toEqual({ startBytes: 1200, targetBytes: 1000 });
  expect(planLimits(1000, 0)).toEqual({ startBytes: 1000, targetBytes: 1000 });
});

test('does nothing up to the threshold', () => {
  expect(plan(createTable([1200, 1]), 1200, 1000)).toEqual({ bytesToFree: 0, victims: [] });
});

test('takes exactly the oldest blobs until the size is reached', () => {
  const table = createTable([100, 50], [100, 10], [100, 40], [100, 20], [100, 30]);
  expect(plan(table, 500, 300)).toEqual({ bytesToFree: 200, victims: [1, 3] });
  expect(plan(table, 500, 299)).toEqual({ bytesToFree: 201, victims: [1, 3, 4] });
});

test('goes by access time, not by age or size', () => {
  const table = createTable([10, 900, 1], [500, 5, 800], [10, 6, 3]);
  expect(plan(table, 520, 400).victims).toEqual([1]);
});

test('leaves a blob that is too young to have its link, however large it is', () => {
  const table = createTable([900, 1, NOW_MS - 4_999], [50, 2, NOW_MS - 5_000], [50, 3]);
  expect(plan(table, 1000, 100)).toEqual({ bytesToFree: 900, victims: [1, 2] });
});

test('counts downloads in flight as used', () => {
  expect(plan(createTable([100, 1], [100, 2]), 300, 200).victims).toEqual([0]);
});

test('orders a million blobs correctly', () => {
  const table = new BlobTable();
  const count = 1_000_000;
  for (let row = 0; row < count; row += 1) {
    const hex = ((row * 2_654_435_761) % 2 ** 32).toString(16).padStart(64, '0');
    table.add('sha256', hex, 1, (row * 7919) % count, 0);
  }
  const { victims } = plan(table, count, 999_000);
  expect(victims).toEqual([]);
  const bigger = plan(table, count, 800_000);
  expect(bigger.victims).toHaveLength(200_000);
  expect(bigger.victims.every((row, nth) => table.atimesMs[row] === nth)).toBe(true);
});
