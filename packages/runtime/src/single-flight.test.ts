import { expect, test } from 'vitest';
import { SingleFlight } from './single-flight.ts';

const NEVER = new AbortController().signal;

test('does the work once for callers that ask together, and anew afterwards', async () => {
  const flights = new SingleFlight<number>();
  let runs = 0;
  const ask = () => flights.join('key', async () => ++runs, NEVER);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  expect(await ask()).toBe(2);
});

test('keeps the work of different keys apart', async () => {
  const flights = new SingleFlight<string>();
  const ask = (key: string) => flights.join(key, async () => key);
  expect(await Promise.all([ask('a'), ask('b')])).toEqual(['a', 'b']);
});

test('fails for all callers, and is done anew afterwards', async () => {
  const flights = new SingleFlight<string>();
  const fail = () => flights.join('key', () => Promise.reject(new Error('no')));
  const outcomes = await Promise.allSettled([fail(), fail()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await flights.join('key', async () => 'yes')).toBe('yes');
});

test('stops the work when its last caller has gone, not before', async () => {
  const flights = new SingleFlight<string>();
  const [first, second] = [new AbortController(), new AbortController()];
  let allGone: AbortSignal | undefined;
  const work = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => {
      allGone = signal;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const asked = Promise.allSettled([
    flights.join('key', work, first.signal),
    flights.join('key', work, second.signal),
  ]);
  first.abort();
  expect(allGone?.aborted).toBe(false);
  second.abort(new Error('gone'));
  // Not the work that was stopped.
  expect(await flights.join('key', async () => 'anew', NEVER)).toBe('anew');
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('goes on for a caller without a signal when the others have gone', async () => {
  const flights = new SingleFlight<string>();
  const leaving = new AbortController();
  const { promise, resolve } = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const work = (signal: AbortSignal) => {
    signals.push(signal);
    return promise;
  };
  void flights.join('key', work, leaving.signal);
  const staying = flights.join('key', work);
  leaving.abort();
  resolve('done');
  expect(await staying).toBe('done');
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});

test('starts nothing for a caller that has gone already', async () => {
  const flights = new SingleFlight<string>();
  let runs = 0;
  const work = async () => String(++runs);
  await expect(flights.join('key', work, AbortSignal.abort(new Error('gone')))).rejects.toThrow(
    'gone',
  );
  expect(runs).toBe(0);
});
