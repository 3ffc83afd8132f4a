import { expect, test } from 'vitest';
import { TailBuffer } from './tail-buffer.ts';

const piece = (text: string) => Buffer.from(text);

test('gives the bytes from any position to the end of their piece', () => {
  const tail = new TailBuffer();
  tail.maxBytes = 100;
  tail.push(10, piece('abc'), undefined);
  tail.push(13, piece('de'), undefined);
  expect([9, 10, 12, 13, 14, 15].map((position) => tail.at(position)?.toString())).toEqual([
    undefined,
    'abc',
    'c',
    'de',
    'e',
    undefined,
  ]);
});

test('drops the oldest pieces, but only those that are on disk', async () => {
  const tail = new TailBuffer();
  tail.maxBytes = 4;
  const disk = Promise.withResolvers<void>();
  tail.push(0, piece('abc'), disk.promise);
  tail.push(3, piece('def'), undefined);
  tail.push(6, piece('ghi'), undefined);
  expect(tail.start).toBe(0);
  disk.resolve();
  await disk.promise;
  await Promise.resolve();
  expect(tail.start).toBe(6);
  tail.maxBytes = 0;
  expect(tail.start).toBe(Number.POSITIVE_INFINITY);
});
