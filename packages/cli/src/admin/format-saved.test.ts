import { expect, it } from 'vitest';
import { formatNumbers } from './format-saved.ts';

const NUMBERS = { requests: 8, savedRequests: 6, servedBytes: 2048, savedBytes: 1024 };

it.each([
  [0, '0s'],
  [412.4, '412ms'],
  [250_600, '4m11s'],
])('tells %d ms of saved time as %s', (savedMs, text) => {
  expect(formatNumbers({ ...NUMBERS, savedMs }).at(-1)).toBe(text);
});
