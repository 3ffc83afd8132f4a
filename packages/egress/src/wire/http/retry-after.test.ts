import { expect, test } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

const NOW = Date.UTC(2025, 4, 1, 21, 0, 0);

test.each([
  ['20', 20_000],
  ['Thu, 01 May 2025 21:00:30 GMT', 30_000],
  ['Thu, 01 May 2025 20:00:00 GMT', 0],
  [String(NOW / 1000 + 45), 45_000],
  ['1746000000', 0],
  ['soon', undefined],
  [undefined, undefined],
])('a Retry-After of %s is a pause of %s ms', (header, expected) => {
  expect(parseRetryAfter(header, NOW)).toBe(expected);
});
