import { expect, test } from 'vitest';
import { BlobTable } from '../scan/blob-table.ts';
import { diskSpace, inodesToFree, isShortOfInodes } from './disk-space.ts';
import { planEviction } from './plan-eviction.ts';

const disk = (available: number, total = 1000) => ({
  totalBytes: 100,
  usedBytes: 0,
  availableBytes: 100,
  inodes: { total, available },
});
const FIVE_PERCENT = { bytes: 10, percent: 5 };

test('the same share of inodes stays free as of bytes', () => {
  expect(diskSpace(disk(80), FIVE_PERCENT)).toEqual({
    availableBytes: 100,
    minFreeBytes: 5,
    inodes: { available: 80, minFree: 50 },
  });
});

test('inodes have no limit if the minimum is a size, or if the filesystem counts none', () => {
  expect(diskSpace(disk(80), { bytes: 10, percent: null }).inodes).toBeUndefined();
  const { inodes: _, ...btrfs } = disk(80);
  const room = diskSpace(btrfs, FIVE_PERCENT);
  expect([room.inodes, isShortOfInodes(room), inodesToFree(room, 100)]).toEqual([
    undefined,
    false,
    0,
  ]);
});

test('frees the missing inodes and a few more', () => {
  expect(inodesToFree(diskSpace(disk(50), FIVE_PERCENT))).toBe(0);
  expect(inodesToFree(diskSpace(disk(40), FIVE_PERCENT))).toBe(10 + 5);
  expect(inodesToFree(diskSpace(disk(50), FIVE_PERCENT), 10)).toBe(10 + 5);
  expect([40, 50].map((free) => isShortOfInodes(diskSpace(disk(free), FIVE_PERCENT)))).toEqual([
    true,
    false,
  ]);
});

test('evicts the oldest blobs for inodes while there are bytes enough', () => {
  const table = new BlobTable();
  for (let row = 0; row < 5; row += 1) {
    table.add('sha256', String(row).padStart(64, '0'), 10, 100 - row, 0);
  }
  const limits = { startBytes: 1000, targetBytes: 1000 };
  const plan = planEviction(table, { usedBytes: 50, limits, nowMs: 1e6, inodesToFree: 5 });
  expect([...plan.order.subarray(0, plan.victims)]).toEqual([4, 3, 2]);
});
