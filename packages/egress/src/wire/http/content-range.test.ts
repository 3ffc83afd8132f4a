import { expect, test } from 'vitest';
import { parseContentRange, parseLength, parseUnsatisfiedSize } from './content-range.ts';

test.each([
  ['bytes 0-99/200', { first: 0, last: 99, total: 200 }],
  ['bytes 5-5/*', { first: 5, last: 5, total: undefined }],
  ['bytes 9-5/200', undefined],
  ['bytes 0-200/200', undefined],
  ['items 0-1/2', undefined],
  [undefined, undefined],
])('reads the Content-Range %s', (header, expected) => {
  expect(parseContentRange(header)).toEqual(expected);
});

test('reads the size of a 416 and a Content-Length', () => {
  expect([parseUnsatisfiedSize('bytes */0'), parseUnsatisfiedSize('bytes 0-1/2')]).toEqual([
    0,
    undefined,
  ]);
  expect([parseLength('12'), parseLength('12, 12'), parseLength(undefined)]).toEqual([
    12,
    undefined,
    undefined,
  ]);
});
