import { expect, test } from 'vitest';
import { createBoundedMap } from './bounded-map.ts';

test('drops the entry that was used least recently, when there are too many', () => {
  const map = createBoundedMap<string, boolean>(2);
  map.set('a', true);
  map.set('b', false);
  expect(map.get('a')).toBe(true);
  map.set('c', true);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([true, undefined, true]);
});

test('holds no more entries than its capacity', () => {
  const map = createBoundedMap<string, number>(100);
  const keys = Array.from({ length: 10_000 }, (_, index) => String(index));
  for (const [index, key] of keys.entries()) map.set(key, index);
  expect(keys.filter((key) => map.get(key) !== undefined)).toEqual(keys.slice(-100));
  expect(map.size).toBe(100);
});

test('counts sizes in place of entries, and does not store an entry larger than its capacity', () => {
  const map = createBoundedMap<string, string>(10, (value) => value.length);
  map.set('a', 'aaaa');
  map.set('b', 'bbbb');
  map.set('c', 'ccccc');
  expect([map.has('a'), map.has('b'), map.has('c')]).toEqual([false, true, true]);
  map.set('c', 'c');
  map.set('d', 'dddd');
  expect([map.has('b'), map.has('c'), map.has('d')]).toEqual([true, true, true]);
  map.set('e', 'eeeeeeeeeee');
  expect([map.has('b'), map.has('e')]).toEqual([true, false]);
});

test('forgets an entry that was deleted, and its size', () => {
  const map = createBoundedMap<string, number>(1);
  map.set('a', 1);
  expect([map.delete('a'), map.delete('a'), map.size]).toEqual([true, false, 0]);
});
