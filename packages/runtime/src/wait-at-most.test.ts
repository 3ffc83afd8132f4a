import { expect, test } from 'vitest';
import { waitAtMost, waitUnlessGone, withTimeout } from './wait-at-most.ts';

const NEVER = new Promise<string>(() => undefined);

test('gives the result of work that ends in time', async () => {
  expect(await waitAtMost(10_000, Promise.resolve('done'), () => 'late')).toBe('done');
});

test('gives the other result when the time is over first', async () => {
  expect(await waitAtMost(1, NEVER, () => 'late')).toBe('late');
});

test('throws the error of the late result', async () => {
  const late = () => {
    throw new Error('too late');
  };
  await expect(waitAtMost(1, NEVER, late)).rejects.toThrow('too late');
});

test('throws the error of the work', async () => {
  const work = Promise.reject(new Error('broken'));
  await expect(waitAtMost(10_000, work, () => 'late')).rejects.toThrow('broken');
});

test('a caller that goes gets the reason of its signal', async () => {
  const leaving = new AbortController();
  const waited = waitUnlessGone(NEVER, leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(waited).rejects.toThrow('gone');
  await expect(waitUnlessGone(Promise.resolve(1), leaving.signal)).rejects.toThrow('gone');
  expect(await waitUnlessGone(Promise.resolve(1), new AbortController().signal)).toBe(1);
});

test('work that fails for a caller that has gone before is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const work = Promise.reject(new Error('broken'));
  await expect(waitUnlessGone(work, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  await new Promise(setImmediate);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

test('work hears the clock until it has ended, and its caller after that', async () => {
  const outer = new AbortController();
  const late = () => new Error('too late');
  const signal = await withTimeout(5, outer.signal, late, async (signal) => signal);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(signal.aborted).toBe(false);
  outer.abort();
  expect(signal.aborted).toBe(true);
  const untilAborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  await expect(withTimeout(1, undefined, late, untilAborted)).rejects.toThrow('too late');
});
