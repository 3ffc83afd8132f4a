import { expect, test } from 'vitest';
import { createMemory } from './memory.ts';

test('remembers until the time is up', () => {
  let nowMs = 0;
  const memory = createMemory<boolean>(10, () => nowMs);
  memory.set('a', false, 1_000);
  nowMs = 999;
  expect(memory.get('a')).toBe(false);
  nowMs = 1_000;
  expect(memory.get('a')).toBeUndefined();
});

test('forgets the oldest when there are too many', () => {
  const memory = createMemory<number>(2, () => 0);
  memory.set('a', 1, 1_000);
  memory.set('b', 2, 1_000);
  memory.set('a', 3, 1_000);
  memory.set('c', 4, 1_000);
  expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual([3, undefined, 4]);
});
