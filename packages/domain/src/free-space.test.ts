import { expect, test } from 'vitest';
import { freeInodes, freeSpaceBytes } from './free-space.ts';

test.each([
  [{ bytes: 10, percent: null }, 10, 0],
  [{ bytes: null, percent: 5 }, 50, 50],
  [{ bytes: 10, percent: 5 }, 10, 50],
  [{ bytes: 100, percent: 5 }, 50, 50],
  [{ bytes: 0, percent: null }, 0, 0],
])(
  'of a disk of 1000 bytes and 1000 inodes, %j keeps %i bytes and %i inodes free',
  (minFree, bytes, inodes) => {
    expect(freeSpaceBytes(minFree, 1000)).toBe(bytes);
    expect(freeInodes(minFree, 1000)).toBe(inodes);
  },
);
