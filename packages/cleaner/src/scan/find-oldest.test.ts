import { expect, test } from 'vitest';
import { BlobTable } from './blob-table.ts';
import { findOldest } from './find-oldest.ts';

const hexOf = (row: number) => row.toString(16).padStart(64, '0');

function createTable(atimesMs: readonly number[]): BlobTable {
  const table = new BlobTable();
  atimesMs.forEach((atimeMs, row) => {
    table.add('sha256', hexOf(row), 100 + row, atimeMs, 0);
  });
  return table;
}

test('finds the oldest of many, in the order in which they go', () => {
  // A permutation: 7919 is a prime.
  const atimesMs = Array.from({ length: 5000 }, (_, row) => (row * 7919) % 5000);
  const { isAll, blobs } = findOldest(createTable(atimesMs), 10);
  expect(isAll).toBe(false);
  expect(blobs.map(({ lastAccessMs }) => lastAccessMs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(blobs[0]).toEqual({ digest: `sha256:${hexOf(0)}`, sizeBytes: 100, lastAccessMs: 0 });
});

test('leaves out what has gone and what pins hold, and says when it has all', () => {
  const table = createTable([30, 10, 20, 40]);
  table.markGone(1);
  table.hold(2);
  const { isAll, blobs } = findOldest(table, 2);
  expect([isAll, blobs.map(({ lastAccessMs }) => lastAccessMs)]).toEqual([true, [30, 40]]);
  expect(findOldest(table, 1).isAll).toBe(false);
});
