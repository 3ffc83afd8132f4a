import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DigestGuard } from './digest-guard.ts';

it('leaves alone what a request uses', async () => {
  const guard = new DigestGuard();
  const use = await guard.use(['a', 'b']);
  expect(await guard.withUnused(['a', 'c'], async (unused) => [...unused])).toEqual(['c']);
  use[Symbol.dispose]();
  expect(await guard.withUnused(['a', 'c'], async (unused) => [...unused])).toEqual(['a', 'c']);
});

it('counts each use of a digest', async () => {
  const guard = new DigestGuard();
  const first = await guard.use(['a']);
  using _second = await guard.use(['a']);
  first[Symbol.dispose]();
  expect(await guard.withUnused(['a'], async ({ size }) => size)).toBe(0);
});

it('lets a request wait for a removal that has begun', async () => {
  const guard = new DigestGuard();
  const { promise, resolve } = Promise.withResolvers<void>();
  const events: string[] = [];
  const removal = guard.withUnused(['a'], async () => {
    await promise;
    events.push('removed');
  });
  const use = guard.use(['a']).then(() => events.push('used'));
  await nextTurn();
  expect(events).toEqual([]);
  resolve();
  await Promise.all([removal, use]);
  expect(events).toEqual(['removed', 'used']);
});

it('ends a removal that fails', async () => {
  const guard = new DigestGuard();
  const failed = guard.withUnused(['a'], () => Promise.reject(new Error('disk')));
  await expect(failed).rejects.toThrow('disk');
  using _use = await guard.use(['a']);
});
