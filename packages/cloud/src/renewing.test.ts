import { expect, test } from 'vitest';
import { Renewing } from './renewing.ts';

const HOUR_MS = 3_600_000;

function start(lifetimeMs: number) {
  let now = 0;
  const state = { fetches: 0, fails: false, errors: [] as unknown[] };
  const renewing = new Renewing({
    now: () => now,
    onOutcome: (error) => state.errors.push(error),
    fetch: async () => {
      state.fetches += 1;
      const value = { number: state.fetches };
      await Promise.resolve();
      if (state.fails) throw new Error('no service');
      return { value, lifetimeMs };
    },
  });
  return { renewing, state, to: (ms: number) => (now = ms) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('all who want a value share one renewal', async () => {
  const { renewing, state } = start(HOUR_MS);
  const values = await Promise.all(Array.from({ length: 50 }, () => renewing.get()));
  expect(new Set(values).size).toBe(1);
  expect(state.fetches).toBe(1);
});

test('a value is renewed before it ends, and nobody waits for it', async () => {
  const { renewing, state, to } = start(HOUR_MS);
  await renewing.get();
  to(HOUR_MS - 240_000);
  expect(await renewing.get()).toEqual({ number: 1 });
  await settle();
  expect(state.fetches).toBe(2);
  expect(await renewing.get()).toEqual({ number: 2 });
});

test('a failed renewal is not seen while the value lasts, and is tried again after a pause', async () => {
  const { renewing, state, to } = start(HOUR_MS);
  await renewing.get();
  state.fails = true;
  to(HOUR_MS - 200_000);
  for (let count = 0; count < 5; count += 1) {
    expect(await renewing.get()).toEqual({ number: 1 });
    await settle();
  }
  expect(state.fetches).toBe(2);
  to(HOUR_MS - 194_000);
  await renewing.get();
  await settle();
  expect(state.fetches).toBe(3);
  to(HOUR_MS);
  await expect(renewing.get()).rejects.toThrow('no service');
  state.fails = false;
  to(HOUR_MS + 60_000);
  expect(await renewing.get()).toEqual({ number: 5 });
  expect(state.errors.filter((error) => error === undefined)).toHaveLength(2);
});

test('a value that lasts for less than the usual time is not renewed all the time', async () => {
  const { renewing, state, to } = start(60_000);
  await renewing.get();
  to(29_000);
  await renewing.get();
  expect(state.fetches).toBe(1);
  to(30_000);
  await renewing.get();
  expect(state.fetches).toBe(2);
});

test('a refused value is replaced once, unless it is new', async () => {
  const { renewing, state, to } = start(HOUR_MS);
  const first = await renewing.get();
  expect(await renewing.replace(first)).toBeUndefined();
  to(60_000);
  const all = await Promise.all([renewing.replace(first), renewing.replace(first)]);
  expect(all).toEqual([{ number: 2 }, { number: 2 }]);
  // A late refusal of the old one gets the new one.
  expect(await renewing.replace(first)).toEqual({ number: 2 });
  expect(state.fetches).toBe(2);
});
