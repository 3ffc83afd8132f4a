import { expect, test } from 'vitest';
import { TokenCache } from './token-cache.ts';
import type { Token } from './token-request.ts';

function counted(lifetimeMs = 60_000) {
  let count = 0;
  const fetchToken = async (): Promise<Token> => {
    count += 1;
    return { value: `token-${count}`, lifetimeMs };
  };
  return { fetchToken, fetches: () => count };
}

test('shares one fetch among requests at the same time', async () => {
  const { fetchToken, fetches } = counted();
  const cache = new TokenCache(() => 0);
  const got = await Promise.all([1, 2, 3].map(() => cache.get('key', fetchToken)));
  expect(got.map(({ value }) => value)).toEqual(['token-1', 'token-1', 'token-1']);
  expect(fetches()).toBe(1);
});

test('uses a token until shortly before its end', async () => {
  let now = 0;
  const cache = new TokenCache(() => now);
  const { fetchToken } = counted(60_000);
  await cache.get('key', fetchToken);
  now = 53_999;
  expect((await cache.get('key', fetchToken)).value).toBe('token-1');
  now = 54_000;
  expect((await cache.get('key', fetchToken)).value).toBe('token-2');
});

test('calls a token stale once a refusal of it may mean that it was revoked', async () => {
  let now = 0;
  const cache = new TokenCache(() => now);
  const { fetchToken } = counted();
  expect(await cache.get('key', fetchToken)).toMatchObject({ stale: false });
  expect(await cache.get('key', fetchToken)).toMatchObject({ stale: false });
  now = 20_000;
  expect(await cache.get('key', fetchToken)).toMatchObject({ stale: true });
});

test('does not remember a failed fetch', async () => {
  const cache = new TokenCache(() => 0);
  await expect(cache.get('key', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await cache.get('key', counted().fetchToken)).toMatchObject({ value: 'token-1' });
});

test('drops a refused token, but not the one that replaced it', async () => {
  const cache = new TokenCache(() => 0);
  const { fetchToken, fetches } = counted();
  await cache.get('key', fetchToken);
  cache.drop('key', 'token-1');
  await cache.get('key', fetchToken);
  cache.drop('key', 'token-1');
  expect(await cache.get('key', fetchToken)).toMatchObject({ value: 'token-2' });
  expect(fetches()).toBe(2);
});
