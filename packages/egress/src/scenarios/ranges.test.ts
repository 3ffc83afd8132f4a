import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { BLOB, PATH } from '../testing/blob-origin.ts';
import { BLOB_OPTIONS, type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { LARGE, LARGE_DIGEST, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import { reply, startOrigin } from '../testing/origin.ts';

const PART = 1_000_000;

const isStored = async ({ dir }: EgressFixture) => {
  const bytes = await readFile(blobFile(join(dir, 'store'), LARGE_DIGEST)).catch(() => undefined);
  return bytes?.equals(LARGE) === true;
};

const uncachedBytes = async (egress: EgressFixture) =>
  Number(
    /uncached_bytes_total{upstream="up.example.com"} (\d+)/.exec(
      (await egress.ask('/metrics', { over: 'socket' })).body,
    )?.[1] ?? 0,
  );

async function askPart(egress: EgressFixture, nth: number): Promise<void> {
  const first = 9_000_000 + nth * 100;
  const range = `bytes=${first}-${first + 99}`;
  const got = await egress.open(LARGE_PATH, { headers: { range } });
  expect(got.statusCode).toBe(206);
  expect((await buffer(got)).equals(LARGE.subarray(first, first + 100))).toBe(true);
}

function startWith(origin: { url: string }, rangesUntilFetch: number) {
  const blobs = { ...BLOB_OPTIONS, rangesUntilFetch };
  return startFixture(origin.url, { options: { blobs } });
}

test('the n-th Range request for a blob starts a fetch of the whole blob', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startWith(origin, 3);
  for (const nth of [0, 1]) await askPart(egress, nth);
  expect([origin.state.sentBytes, await uncachedBytes(egress)]).toEqual([200, 200]);
  await askPart(egress, 2);
  await expect.poll(() => isStored(egress)).toBe(true);
  const sentBytes = origin.state.sentBytes;
  expect(sentBytes).toBe(LARGE.length + 300);
  const got = await egress.ask(LARGE_PATH, {
    over: 'socket',
    headers: { range: `bytes=0-${PART}` },
  });
  expect(got.headers['x-accel-redirect']).toBeDefined();
  expect(origin.state.sentBytes).toBe(sentBytes);
});

test('with a limit of 0 Range requests start no fetch', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startWith(origin, 0);
  for (let nth = 0; nth < 10; nth += 1) await askPart(egress, nth);
  expect([origin.state.sentBytes, await isStored(egress)]).toEqual([1000, false]);
});

test('a request for several ranges gets the whole blob, which is stored', async () => {
  await using origin = await startLargeBlobOrigin();
  await using egress = await startWith(origin, 0);
  const got = await egress.open(LARGE_PATH, { headers: { range: 'bytes=0-99,200-299' } });
  expect(got.statusCode).toBe(200);
  expect((await buffer(got)).equals(LARGE)).toBe(true);
  await expect.poll(() => isStored(egress)).toBe(true);
});

test('a request for the last bytes is passed on', async () => {
  await using origin = await startOrigin(({ headers }, response) => {
    expect(headers.range).toBe('bytes=-47');
    const [first, last] = [BLOB.length - 47, BLOB.length - 1];
    const range = `bytes ${first}-${last}/${BLOB.length}`;
    reply(response, 206, BLOB.subarray(first), { 'content-range': range });
  });
  await using egress = await startWith(origin, 0);
  const got = await egress.open(PATH, { headers: { range: 'bytes=-47' } });
  expect([got.statusCode, got.headers['content-range']]).toEqual([
    206,
    `bytes ${BLOB.length - 47}-${BLOB.length - 1}/${BLOB.length}`,
  ]);
  expect((await buffer(got)).equals(BLOB.subarray(-47))).toBe(true);
});

test('a whole blob in place of a part reaches the client as a whole', async () => {
  await using origin = await startOrigin((_seen, response) => reply(response, 200, BLOB));
  await using egress = await startWith(origin, 0);
  const got = await egress.open(PATH, { headers: { range: 'bytes=9000000-9000099' } });
  expect([got.statusCode, got.headers['content-length']]).toEqual([200, String(BLOB.length)]);
  expect((await buffer(got)).equals(BLOB)).toBe(true);
});
