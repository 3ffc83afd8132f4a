import { expect, it } from 'vitest';
import { planParts } from './plan-parts.ts';

const LIST = { total: 100_000, rowPx: 40, seenPx: 800, partRows: 50 };

it('draws what is seen, and half a screen around it', () => {
  expect(planParts({ ...LIST, scrolledPx: 0 })).toEqual([0]);
  expect(planParts({ ...LIST, scrolledPx: 1_000 })).toEqual([0, 1]);
  expect(planParts({ ...LIST, scrolledPx: 100_000 })).toEqual([49, 50]);
});

it('ends with the list', () => {
  expect(planParts({ ...LIST, scrolledPx: 100_000 * 40 - 800 })).toEqual([1999]);
  expect(planParts({ ...LIST, scrolledPx: 99_000_000 })).toEqual([1999]);
  expect(planParts({ ...LIST, total: 3, scrolledPx: 0 })).toEqual([0]);
});

it('draws nothing of an empty list', () => {
  expect(planParts({ ...LIST, total: 0, scrolledPx: 0 })).toEqual([]);
});
