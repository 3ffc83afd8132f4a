import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobFile } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { BLOB_OPTIONS, type EgressFixture, startFixture } from '../testing/egress-fixture.ts';
import { startFakeCleaner } from '../testing/fake-cleaner.ts';
import { LARGE, LARGE_DIGEST, LARGE_PATH } from '../testing/large-blob.ts';
import { startOrigin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');

/** Sends an endless body in chunks, without a length. */
async function startEndless() {
  const state = { open: 0, sentBytes: 0 };
  const origin = await startOrigin(async (_seen, response) => {
    state.open += 1;
    response.once('close', () => {
      state.open -= 1;
    });
    response.writeHead(200);
    while (!response.destroyed) {
      state.sentBytes += PIECE.length;
      if (!response.write(PIECE)) await drained(response);
      await sleep(1);
    }
  });
  return Object.assign(origin, { state });
}

function drained(response: ServerResponse): Promise<unknown> {
  const ends = new AbortController();
  const { signal } = ends;
  const waits = ['drain', 'close'].map((name) => once(response, name, { signal }));
  return Promise.race(waits).finally(() => ends.abort());
}

const inFlight = ({ dir }: EgressFixture) => readdir(join(dir, 'store', 'egress'));
const blobs = (change: Partial<typeof BLOB_OPTIONS>) => ({ ...BLOB_OPTIONS, ...change });

test('an endless body reserves space as it grows, and ends without a reader', async () => {
  await using origin = await startEndless();
  const options = { blobs: blobs({ unreadMs: 300 }) };
  await using egress = await startFixture(origin.url, { options });
  await using cleaner = await startFakeCleaner(egress.dir, 1e9);
  const client = await egress.open(LARGE_PATH);
  let bytes = 0;
  for await (const chunk of client) {
    bytes += chunk.length;
    if (bytes > 3 * MIB) break;
  }
  expect(cleaner.queries.slice(0, 3)).toEqual([
    `bytes=${MIB}&granted=0`,
    `bytes=${MIB}&granted=${MIB}`,
    `bytes=${2 * MIB}&granted=${2 * MIB}`,
  ]);
  await expect.poll(() => origin.state.open, { timeout: 10_000 }).toBe(0);
  await expect.poll(() => inFlight(egress)).toEqual([]);
  await expect(stat(blobFile(join(egress.dir, 'store'), LARGE_DIGEST))).rejects.toThrow('ENOENT');
});

test('an endless slow body ends when its client leaves before the first byte', async () => {
  const state = { open: 0 };
  await using origin = await startOrigin(async (_seen, response) => {
    state.open += 1;
    response.once('close', () => {
      state.open -= 1;
    });
    response.writeHead(200);
    while (!response.destroyed) {
      response.write('x');
      await sleep(20);
    }
  });
  // No byte of so small a body has been sent, so only the client's leaving can end it.
  const slow = blobs({ unreadMs: 300, lowestRateMs: 60_000 });
  await using egress = await startFixture(origin.url, { options: { blobs: slow } });
  const gone = new AbortController();
  const left = egress.open(LARGE_PATH, { signal: gone.signal }).catch(() => 'left');
  await expect.poll(() => state.open).toBe(1);
  gone.abort();
  expect(await left).toBe('left');
  await expect.poll(() => state.open, { timeout: 10_000 }).toBe(0);
  await expect.poll(() => inFlight(egress)).toEqual([]);
});

test('a fetch of unknown size goes on while it has a reader', async () => {
  await using origin = await startOrigin(async (_seen, response) => {
    response.writeHead(200);
    for (let start = 0; start < LARGE.length; start += MIB) {
      response.write(LARGE.subarray(start, start + MIB));
      await sleep(100);
    }
    response.end();
  });
  const options = { blobs: blobs({ unreadMs: 100 }) };
  await using egress = await startFixture(origin.url, { options });
  const got = await egress.open(LARGE_PATH);
  const chunks: Buffer[] = [];
  for await (const chunk of got) chunks.push(chunk);
  expect(digestOf(Buffer.concat(chunks))).toBe(LARGE_DIGEST);
  await expect
    .poll(() =>
      stat(blobFile(join(egress.dir, 'store'), LARGE_DIGEST)).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

test('a body is passed on without storing when reservations are refused', async () => {
  await using origin = await startEndless();
  await using egress = await startFixture(origin.url);
  await using cleaner = await startFakeCleaner(egress.dir, 4 * MIB);
  const client = await egress.open(LARGE_PATH);
  let bytes = 0;
  for await (const chunk of client) {
    bytes += chunk.length;
    if (bytes > 12 * MIB) break;
  }
  expect(bytes).toBeGreaterThan(12 * MIB);
  expect(cleaner.queries).toHaveLength(4);
  await expect.poll(() => inFlight(egress)).toEqual([]);
  await expect.poll(() => origin.state.open, { timeout: 10_000 }).toBe(0);
});

test('an announced length reserves only a first step before the bytes arrive', async () => {
  const size = 8_000_000_000;
  await using origin = await startOrigin((_seen, response) => {
    response.writeHead(200, { 'content-length': String(size) });
    response.write(Buffer.alloc(2 * MIB));
  });
  await using egress = await startFixture(origin.url);
  await using cleaner = await startFakeCleaner(egress.dir, 1e12);
  const client = await egress.open(LARGE_PATH);
  await once(client, 'data');
  client.destroy();
  expect(cleaner.queries).toEqual([`bytes=${64 * MIB}&granted=0&size=${size}`]);
});

/** Sends a single byte now and then. */
const startTrickle = (everyMs: number, bytes: number) =>
  startOrigin(async (seen, response) => {
    if (seen.url === '/v2/') return void response.end('{}');
    response.writeHead(200, { 'content-length': String(LARGE.length) });
    for (let start = 0; start < LARGE.length && !response.destroyed; start += bytes) {
      response.write(LARGE.subarray(start, start + bytes));
      await sleep(everyMs);
    }
    response.end();
  });

test('a body below the lowest rate is fetched again, and fails in the end', async () => {
  await using origin = await startTrickle(20, 1000);
  const slow = blobs({ lowestBytesPerSecond: 200_000, lowestRateMs: 200 });
  await using egress = await startFixture(origin.url, { options: { blobs: slow } });
  await expect(egress.ask(LARGE_PATH)).rejects.toThrow();
  const errors = egress.log.map(({ err }) => String(err)).join();
  expect(errors).toContain('sent less than 195.3 KiB a second');
  expect(origin.seen.length).toBeGreaterThan(1);
  expect(await inFlight(egress)).toEqual([]);
});

test('a body that our own rate limit slows down is not cut', async () => {
  await using origin = await startTrickle(0, MIB);
  const slow = blobs({ lowestBytesPerSecond: 8_000_000, lowestRateMs: 200 });
  const limits = { connections: 0, requestsPerSecond: 0, bytesPerSecond: 4_000_000 };
  await using egress = await startFixture(origin.url, { options: { blobs: slow, limits } });
  const got = await egress.open(LARGE_PATH);
  const chunks: Buffer[] = [];
  for await (const chunk of got) chunks.push(chunk);
  expect(digestOf(Buffer.concat(chunks))).toBe(LARGE_DIGEST);
  expect(origin.seen).toHaveLength(1);
});
