import { expect, it } from 'vitest';
import { parseChunkRange } from './content-range.ts';

it.each([
  ['0-99', { start: 0, end: 99 }],
  ['100-100', { start: 100, end: 100 }],
  ['bytes 5-9/*', { start: 5, end: 9 }],
  ['9-5', undefined],
  ['0-', undefined],
  ['*', undefined],
])('reads %j', (text, range) => {
  expect(parseChunkRange(text)).toEqual(range);
});
