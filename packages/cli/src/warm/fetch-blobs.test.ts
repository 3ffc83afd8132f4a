import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createFetchBlobs, createLimit } from './fetch-blobs.ts';

const PLACE = { upstreamId: 'a.test', repository: 'x' };
const blob = (digest: string) => ({ digest, sizeBytes: 1, isChart: false });

it('brings so many blobs in at a time, and each once', async () => {
  const fetched: string[] = [];
  let running = 0;
  let most = 0;
  const fetchBlob = createFetchBlobs({
    parallel: 2,
    here: { hasBlob: async () => true },
    registry: {
      fetchBlob: async (_, digest) => {
        fetched.push(digest);
        running += 1;
        most = Math.max(most, running);
        await sleep(5);
        running -= 1;
      },
    },
  });
  await Promise.all(['a', 'b', 'c', 'a', 'd', 'b'].map((one) => fetchBlob(PLACE, blob(one))));
  expect([fetched, most]).toEqual([['a', 'b', 'c', 'd'], 2]);
});

it('waits until a blob is stored, and says so if it never is', async () => {
  let looks = 0;
  const registry = { fetchBlob: async () => {} };
  const hasBlob = async () => {
    looks += 1;
    return looks === 3;
  };
  await createFetchBlobs({ registry, here: { hasBlob }, parallel: 1 })(PLACE, blob('a'));
  expect(looks).toBe(3);
  const never = createFetchBlobs({ registry, here: { hasBlob: async () => false }, parallel: 1 });
  await expect(never(PLACE, blob('a'))).rejects.toThrow('x: a was fetched and could not be stored');
});

it('goes on with the next task after one that failed', async () => {
  const limit = createLimit(1);
  const failed = limit(() => Promise.reject(new Error('one')));
  const next = limit(async () => 'two');
  await expect(failed).rejects.toThrow('one');
  expect(await next).toBe('two');
});
