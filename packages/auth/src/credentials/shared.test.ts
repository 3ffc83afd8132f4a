import { expect, test } from 'vitest';
import { createShared } from './shared.ts';

const NEVER = new AbortController().signal;

test('does the work once for those who ask together, and anew afterwards', async () => {
  const shared = createShared<number>();
  let runs = 0;
  const ask = () => shared.run('key', NEVER, async () => ++runs);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(2);
});

test('stops the work when the last one who asked has gone, not before', async () => {
  const shared = createShared<string>();
  const [first, second] = [new AbortController(), new AbortController()];
  let allGone: AbortSignal | undefined;
  const work = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      allGone = signal;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const asked = Promise.allSettled([
    shared.run('key', first.signal, work),
    shared.run('key', second.signal, work),
  ]);
  first.abort();
  expect(allGone?.aborted).toBe(false);
  second.abort(new Error('gone'));
  // Not the work that was stopped.
  expect(await shared.run('key', NEVER, async () => 'anew')).toBe('anew');
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
