import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PendingResponses } from './pending-responses.ts';
import type { StartedResponse } from './started-response.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Work that a test ends, with counts of started and discarded responses. */
function createWork() {
  const state = { started: 0, aborted: 0, letGo: 0 };
  const ends: PromiseWithResolvers<StartedResponse>[] = [];
  const start = (signal: AbortSignal) => {
    state.started += 1;
    signal.addEventListener('abort', () => {
      state.aborted += 1;
    });
    const end = Promise.withResolvers<StartedResponse>();
    ends.push(end);
    return end.promise;
  };
  const begun = (status: number): StartedResponse => ({
    response: { status, headers: {}, body: undefined },
    first: undefined,
    chunks: {
      next: async () => ({ done: true, value: undefined }),
      return: async () => {
        state.letGo += 1;
        return { done: true, value: undefined };
      },
    },
  });
  return { state, start, end: (nth: number, status = 200) => ends[nth]?.resolve(begun(status)) };
}

const request = (gone = new AbortController(), key = 'k') => ({
  key,
  name: 'up.test',
  limitMs: 1000,
  gone: gone.signal,
});

const late = { status: 503, phase: 'waiting', headers: { 'retry-after': '2' } };

async function isLate(promise: Promise<StartedResponse>) {
  const outcome = expect(promise).rejects.toMatchObject(late);
  await vi.advanceTimersByTimeAsync(1000);
  await outcome;
}

test('work that takes too long goes on for the next request of its key', async () => {
  const waiting = new PendingResponses();
  const { state, start, end } = createWork();
  await isLate(waiting.within(request(), start));
  await isLate(waiting.within(request(), start));
  const third = waiting.within(request(), start);
  end(0, 206);
  expect((await third).response.status).toBe(206);
  expect(state).toEqual({ started: 1, aborted: 0, letGo: 0 });
});

test('two requests of one key keep their own work, and other keys get none of it', async () => {
  const waiting = new PendingResponses();
  const { state, start, end } = createWork();
  await Promise.all([
    isLate(waiting.within(request(), start)),
    isLate(waiting.within(request(), start)),
  ]);
  const again = [waiting.within(request(), start), waiting.within(request(), start)];
  expect(state.started).toBe(2);
  void waiting.within(request(undefined, 'other'), start).catch(() => undefined);
  expect(state.started).toBe(3);
  end(0);
  end(1);
  expect((await Promise.all(again)).map(({ response }) => response.status)).toEqual([200, 200]);
});

test('work that nobody takes over ends, and sooner once it has started', async () => {
  const waiting = new PendingResponses();
  const { state, start, end } = createWork();
  await isLate(waiting.within(request(), start));
  await vi.advanceTimersByTimeAsync(59_000);
  expect(state.aborted).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(state.aborted).toBe(1);
  await isLate(waiting.within(request(), start));
  end(1);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(state).toEqual({ started: 2, aborted: 2, letGo: 1 });
});

test('a client that leaves ends its work, while it waits and later', async () => {
  const waiting = new PendingResponses();
  const { state, start, end } = createWork();
  const gone = new AbortController();
  const left = waiting.within(request(gone), start);
  gone.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  expect(state.aborted).toBe(1);
  const later = new AbortController();
  const read = waiting.within(request(later), start);
  end(1);
  await read;
  later.abort();
  expect(state.aborted).toBe(2);
});
