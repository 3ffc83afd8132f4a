import { expect, it } from 'vitest';
import { roundUp } from './round-up.ts';
import { stackBars } from './stack-bars.ts';

it('puts the parts of a bar on top of each other, from the ground', () => {
  const [first, second] = stackBars(
    [
      [2, 1, 1],
      [0, 0, 4],
    ],
    8,
  );
  expect(first?.parts).toEqual([
    { y: 0.75, height: 0.25 },
    { y: 0.625, height: 0.125 },
    { y: 0.5, height: 0.125 },
  ]);
  expect(second?.parts[2]).toEqual({ y: 0.5, height: 0.5 });
  expect([first?.x, second?.x].map((x) => x?.toFixed(2))).toEqual(['0.05', '0.55']);
  expect(first?.width).toBeCloseTo(0.4);
});

it('has no bars of nothing, and flat ones where all is nothing', () => {
  expect(stackBars([], 1)).toEqual([]);
  expect(stackBars([[0]], 0)[0]?.parts).toEqual([{ y: 1, height: 0 }]);
});

it.each([
  [0, 1],
  [0.4, 1],
  [1, 1],
  [7, 10],
  [11, 20],
  [21, 25],
  [2600, 5000],
])('rounds %d up to %d', (value, rounded) => {
  expect(roundUp(value)).toBe(rounded);
});

it('rounds bytes up to what people read as round', () => {
  const GIB = 1024 ** 3;
  expect(roundUp(3 * GIB, 1024)).toBe(5 * GIB);
  expect(roundUp(900, 1024)).toBe(1000);
  expect(roundUp(600 * GIB, 1024)).toBe(1000 * GIB);
});
