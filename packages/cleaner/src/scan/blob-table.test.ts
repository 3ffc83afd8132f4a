import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BlobTable } from './blob-table.ts';

function hexOf(value: number, algorithm = 'sha256'): string {
  return createHash(algorithm).update(String(value)).digest('hex');
}

test('gives back every digest and finds its row, also beyond the initial capacity', () => {
  const table = new BlobTable();
  const count = 5000;
  const algorithms = Array.from({ length: count }, (_, row) => (row % 7 ? 'sha256' : 'sha512'));
  algorithms.forEach((algorithm, row) => {
    table.add(algorithm, hexOf(row, algorithm), row, row, row);
  });
  algorithms.forEach((algorithm, row) => {
    expect(table.digestAt(row)).toBe(`${algorithm}:${hexOf(row, algorithm)}`);
    expect(table.rowOf(algorithm, hexOf(row, algorithm))).toBe(row);
  });
  expect(table.rowOf('sha256', hexOf(count))).toBe(-1);
  expect(table.rowOf('sha512', hexOf(count, 'sha512'))).toBe(-1);
});

test('finds digests that begin with the same bytes', () => {
  const table = new BlobTable();
  const hexes = ['1', '2', '3'].map((end) => `ffffffff${end.padStart(56, '0')}`);
  for (const hex of hexes) table.add('sha256', hex, 1, 1, 1);
  expect(hexes.map((hex) => table.rowOf('sha256', hex))).toEqual([0, 1, 2]);
});

test('finds nothing for text that is not a digest, whatever was asked before', () => {
  const table = new BlobTable();
  table.add('sha256', hexOf(1), 1, 1, 1);
  expect(table.rowOf('sha256', hexOf(1))).toBe(0);
  for (const name of ['', 'ab', hexOf(1).slice(0, 62), `${hexOf(1).slice(0, 63)}z`, '_layers']) {
    expect(table.rowOf('sha256', name)).toBe(-1);
  }
  expect(new BlobTable().rowOf('sha256', hexOf(1))).toBe(-1);
});
