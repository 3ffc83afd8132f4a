import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type EgressFixture,
  startFixture,
  TAG_RULES,
  upstreamAt,
} from '../testing/egress-fixture.ts';
import { type FakeBucket, startFakeBucket } from '../testing/fake-bucket.ts';
import {
  LAYER,
  LAYER_DIGEST,
  LAYER_PATH,
  REFERRERS_PATH,
  startImageOrigin,
  TAG_PATH,
  WHOLE_IMAGE,
} from '../testing/image-origin.ts';
import type { Origin } from '../testing/origin.ts';

let bucket: FakeBucket;
let origin: Origin;

beforeEach(async () => {
  bucket = await startFakeBucket();
  origin = await startImageOrigin();
  for (const [name, value] of Object.entries(bucket.credentials)) vi.stubEnv(name, value);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([bucket[Symbol.asyncDispose](), origin[Symbol.asyncDispose]()]);
});

/** Asks again and again until the result is true. */
async function until(what: string, ask: () => unknown): Promise<void> {
  await expect.poll(ask, { message: what, timeout: 15_000, interval: 100 }).toBe(true);
}

const BLOB_KEY = `blobs/sha256/${LAYER_DIGEST.slice(7)}`;

/** Another replica: a disk of its own, the same bucket. */
function startReplica(options: Parameters<typeof startFixture>[1] = {}): Promise<EgressFixture> {
  return startFixture(origin.url, {
    ...options,
    options: { bucket: bucket.options, ...options.options },
  });
}

async function pull(egress: EgressFixture): Promise<void> {
  for (const [path, body] of WHOLE_IMAGE) {
    const got = await egress.ask(path);
    expect([path, got.status, got.body === body]).toEqual([path, 200, true]);
  }
}

async function metric(egress: EgressFixture, name: string): Promise<string | undefined> {
  const { body } = await egress.ask('/metrics', { over: 'socket' });
  return body.split('\n').find((line) => line.startsWith(`registry_cache_egress_${name} `));
}

/** Pulls all by a first replica, and waits until the bucket has it. */
async function fill(): Promise<void> {
  await using first = await startReplica();
  await pull(first);
  expect((await first.ask(REFERRERS_PATH)).status).toBe(200);
  // Content and links, a tag, a list of referrers.
  await until('the bucket has everything', () => bucket.objects.size === 12 || undefined);
  await untilSent(first);
}

async function untilSent(egress: EgressFixture): Promise<void> {
  await until('nothing waits for the bucket', async () =>
    (await metric(egress, 'bucket_queue'))?.endsWith(' 0') ? true : undefined,
  );
}

test('a replica with an empty disk and no upstream serves all that the bucket has', async () => {
  await fill();
  await origin.pause();
  await using second = await startReplica();
  await pull(second);
  expect((await second.ask(TAG_PATH)).headers['x-cache']).toBe('HIT');
  const referrers = await second.ask(REFERRERS_PATH);
  expect([referrers.status, JSON.parse(referrers.body).manifests.length]).toEqual([200, 1]);
});

test('a tag whose time is over is served as stale while the upstream is silent', async () => {
  await fill();
  await origin.pause();
  const tags = { ...TAG_RULES, defaultMs: 1 };
  await using second = await startReplica({
    options: { upstreams: [upstreamAt(origin.url, { tags })] },
  });
  const got = await second.ask(TAG_PATH);
  expect([got.status, got.headers['x-cache']]).toEqual([200, 'STALE']);
});

test('what the bucket has is not fetched from upstream, whole, by HEAD, or in part', async () => {
  await fill();
  await using second = await startReplica();
  const before = origin.seen.length;
  const head = await second.ask(LAYER_PATH, { method: 'HEAD' });
  expect([head.status, head.headers['content-length']]).toEqual([200, String(LAYER.length)]);
  const part = await second.ask(LAYER_PATH, { headers: { range: 'bytes=100000-100009' } });
  expect([part.status, part.body]).toEqual([206, LAYER.subarray(100_000, 100_010).toString()]);
  await pull(second);
  expect(origin.seen.length).toBe(before);
});

test('what is evicted from the disk comes back from the bucket', async () => {
  await using egress = await startReplica();
  await pull(egress);
  await until('the bucket has it', () => bucket.objects.size === 11 || undefined);
  const before = origin.seen.length;
  await rm(blobFile(join(egress.dir, 'store'), LAYER_DIGEST));
  expect((await egress.ask(LAYER_PATH)).body).toBe(LAYER.toString());
  expect(origin.seen.length).toBe(before);
});

test('a repository without a link in the bucket gets nothing of it', async () => {
  await fill();
  await using second = await startReplica();
  expect((await second.ask(`/v2/team/other/blobs/${LAYER_DIGEST}`)).status).toBe(404);
});

test('wrong bytes cut the body, and are put right from upstream', async () => {
  await fill();
  const stored = bucket.objects.get(BLOB_KEY);
  const wrong = Buffer.from(LAYER);
  wrong[LAYER.length - 1] = 0;
  bucket.objects.set(BLOB_KEY, { bytes: wrong, modifiedMs: stored?.modifiedMs ?? 0 });
  await using second = await startReplica();
  const first = await second.ask(LAYER_PATH).catch(() => undefined);
  expect(first === undefined || first.body === LAYER.toString()).toBe(true);
  await until('the right bytes come', async () => {
    const got = await second.ask(LAYER_PATH).catch(() => undefined);
    return got?.body === LAYER.toString() ? true : undefined;
  });
  await until(
    'the right bytes are in the bucket',
    () => bucket.objects.get(BLOB_KEY)?.bytes.equals(LAYER) || undefined,
  );
  await untilSent(second);
  expect(await metric(second, 'bucket_wrong_total')).toMatch(/ 1$/);
  const told = second.log.filter(({ msg }) => String(msg).includes('wrong bytes'));
  expect(told.map(({ msg }) => msg)).toEqual([
    'bucket sent wrong bytes, which are fetched from upstream',
    'wrong bytes in the bucket put right',
  ]);
});

test('a body that is cut goes on from upstream', async () => {
  await fill();
  bucket.trouble = 'cut';
  await using second = await startReplica();
  expect((await second.ask(LAYER_PATH)).body).toBe(LAYER.toString());
});

test.each([503, 403, 'silent'] as const)(
  'a bucket that answers %s costs a cold pull a short time, once, and is told twice',
  async (trouble) => {
    await fill();
    bucket.trouble = trouble;
    await using second = await startReplica();
    const startedMs = performance.now();
    await pull(second);
    expect(performance.now() - startedMs).toBeLessThan(7_000);
    await until('the bucket is left alone', async () =>
      (await metric(second, 'bucket_up'))?.endsWith(' 0') ? true : undefined,
    );
    const againMs = performance.now();
    expect((await second.ask(`/v2/team/none/blobs/${LAYER_DIGEST}`)).status).toBe(404);
    expect(performance.now() - againMs).toBeLessThan(500);
    bucket.trouble = undefined;
    await until('the bucket is asked again', async () =>
      (await metric(second, 'bucket_up'))?.endsWith(' 1') ? true : undefined,
    );
    await untilSent(second);
    const told = second.log.map(({ msg }) => String(msg)).filter((msg) => /^bucket /.test(msg));
    expect(told).toEqual([
      'bucket is used',
      'bucket does not answer and is not asked until it does',
      'bucket answers again',
    ]);
  },
  30_000,
);

test('what waits for the bucket survives a restart', async () => {
  bucket.trouble = 503;
  await using first = await startReplica();
  await pull(first);
  await first.stop(0);
  expect(bucket.objects.size).toBe(0);
  bucket.trouble = undefined;
  await using again = await startReplica({ options: { storeRoot: join(first.dir, 'store') } });
  await until('the bucket has everything', () => bucket.objects.size === 11 || undefined);
  await untilSent(again);
  expect(bucket.objects.get(BLOB_KEY)?.bytes.equals(LAYER)).toBe(true);
});

test('what is used is renewed when half of its life in the bucket is over', async () => {
  await fill();
  const oldMs = Date.now() - 16 * 86_400_000;
  for (const object of bucket.objects.values()) object.modifiedMs = oldMs;
  await using second = await startReplica();
  await pull(second);
  const link = `registries/up/team/app/_layers/sha256/${LAYER_DIGEST.slice(7)}`;
  for (const key of [BLOB_KEY, link]) {
    await until(`${key} is renewed`, () => {
      const modifiedMs = bucket.objects.get(key)?.modifiedMs ?? 0;
      return modifiedMs > oldMs || undefined;
    });
  }
});

test('images under rules of trust are checked by each replica, whatever the bucket has', async () => {
  await fill();
  await origin.pause();
  const anyOf = [{ kind: 'key' as const, name: 'k', pem: 'none' }];
  const rule = { number: 1, images: ['up.example.com/**'], mode: 'enforce' as const, anyOf };
  await using second = await startReplica({ options: { trust: [rule] } });
  for (const [path] of WHOLE_IMAGE) expect((await second.ask(path)).status).toBeGreaterThan(399);
});
