import { expect, test } from 'vitest';
import { Touches } from './touches.ts';

test('keeps the latest time of each digest', () => {
  const touches = new Touches();
  touches.add({ kind: 'blob', digest: 'a', timeMs: 2 });
  touches.add({ kind: 'blob', digest: 'a', timeMs: 1 });
  touches.add({ kind: 'blob', digest: 'b', timeMs: 5 });
  expect([...touches.take(() => [])]).toEqual([
    ['a', 2],
    ['b', 5],
  ]);
  expect(touches.size).toBe(0);
});

test('gives the children of a manifest its time, unless theirs is later', () => {
  const touches = new Touches();
  touches.add({ kind: 'manifest', digest: 'm', timeMs: 3 });
  touches.add({ kind: 'blob', digest: 'later', timeMs: 9 });
  const taken = touches.take((digest) => (digest === 'm' ? ['config', 'later'] : []));
  expect(Object.fromEntries(taken)).toEqual({ m: 3, config: 3, later: 9 });
});
