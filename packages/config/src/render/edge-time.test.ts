import { expect, it } from 'vitest';
import { formatEdgeTime } from './edge-time.ts';

it.each([
  [300_000, '5m'],
  [75_000, '75s'],
  [5_400_000, '90m'],
  [1_500, '1500ms'],
  [86_400_000, '1d'],
  [10 ** 12, '2147483647ms'],
])('%d milliseconds are written as %s', (ms, text) => {
  expect(formatEdgeTime(ms)).toBe(text);
});
