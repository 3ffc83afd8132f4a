import { expect, test } from 'vitest';
import { TailBuffer } from './tail-buffer.ts';

const piece = (text: string) => Buffer.from(text);

test('gives the bytes from any position to the end of their piece', () => {
  const window = new TailBuffer();
  window.maxBytes = 100;
  window.push(10, piece('abc'), undefined);
  window.push(13, piece('de'), undefined);
  expect([9, 10, 12, 13, 14, 15].map((position) => window.at(position)?.toString())).toEqual([
    undefined,
    'abc',
    'c',
    'de',
    'e',
    undefined,
  ]);
});

test('lets the oldest go, but nothing that is not on disk', async () => {
  const window = new TailBuffer();
  window.maxBytes = 4;
  const disk = Promise.withResolvers<void>();
  window.push(0, piece('abc'), disk.promise);
  window.push(3, piece('def'), undefined);
  window.push(6, piece('ghi'), undefined);
  expect(window.start).toBe(0);
  disk.resolve();
  await disk.promise;
  await Promise.resolve();
  expect(window.start).toBe(6);
  window.maxBytes = 0;
  expect(window.start).toBe(Number.POSITIVE_INFINITY);
});
