import { expect, test } from 'vitest';
import { createMemory } from './memory.ts';

test('forgets what was not used for the longest time, when there is too much', () => {
  const memory = createMemory<boolean>(2);
  memory.set('a', true);
  memory.set('b', false);
  expect(memory.get('a')).toBe(true);
  memory.set('c', true);
  expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual([true, undefined, true]);
});

test('holds no more than its limit, whatever is put into it', () => {
  const memory = createMemory<number>(100);
  const keys = Array.from({ length: 10_000 }, (_, index) => String(index));
  for (const [index, key] of keys.entries()) memory.set(key, index);
  expect(keys.filter((key) => memory.get(key) !== undefined)).toEqual(keys.slice(-100));
});
