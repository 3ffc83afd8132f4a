import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('takes the things of each name in order, and the names in turn', () => {
  const turns = createTurns<string>();
  for (const thing of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) turns.add(thing.slice(0, 1), thing);
  expect([turns.size, turns.sizeOf('a'), turns.sizeOf('d')]).toEqual([6, 3, 0]);
  expect(Array.from({ length: 7 }, () => turns.take())).toEqual([
    'a1',
    'b1',
    'c1',
    'a2',
    'b2',
    'a3',
    undefined,
  ]);
  expect(turns.size).toBe(0);
});

test('removes what is there, once', () => {
  const turns = createTurns<string>();
  turns.add('a', 'a1');
  turns.add('a', 'a2');
  expect([turns.remove('a', 'a1'), turns.remove('a', 'a1'), turns.remove('b', 'a2')]).toEqual([
    true,
    false,
    false,
  ]);
  expect([turns.size, turns.take(), turns.size]).toEqual([1, 'a2', 0]);
});
