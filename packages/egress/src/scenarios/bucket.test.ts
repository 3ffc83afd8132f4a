import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  BLOB_KEY,
  type BucketStage,
  openBucketStage,
  pullWhole,
  readMetric,
  until,
  untilSent,
} from '../testing/bucket-stage.ts';
import { TAG_RULES, upstreamAt } from '../testing/egress-fixture.ts';
import {
  LAYER,
  LAYER_DIGEST,
  LAYER_PATH,
  REFERRERS_PATH,
  TAG_PATH,
  WHOLE_IMAGE,
} from '../testing/image-origin.ts';

let stage: BucketStage;

beforeEach(async () => {
  stage = await openBucketStage();
});

afterEach(() => stage[Symbol.asyncDispose]());

test('a replica with an empty disk and no upstream serves all that the bucket has', async () => {
  await stage.fill();
  await stage.origin.pause();
  await using second = await stage.replica();
  await pullWhole(second);
  expect((await second.ask(TAG_PATH)).headers['x-cache']).toBe('HIT');
  const readEvents = () => readFile(join(second.dir, 'events.jsonl'), 'utf8').catch(() => '');
  await expect.poll(readEvents).toContain('"source":"bucket"');
  const referrers = await second.ask(REFERRERS_PATH);
  expect([referrers.status, JSON.parse(referrers.body).manifests.length]).toEqual([200, 1]);
});

test('a tag whose time is over is served as stale while the upstream is silent', async () => {
  await stage.fill();
  await stage.origin.pause();
  const tags = { ...TAG_RULES, defaultMs: 1 };
  await using second = await stage.replica({
    options: { upstreams: [upstreamAt(stage.origin.url, { tags })] },
  });
  const got = await second.ask(TAG_PATH);
  expect([got.status, got.headers['x-cache']]).toEqual([200, 'STALE']);
});

test('what the bucket has is not fetched from upstream, whole, by HEAD, or in part', async () => {
  await stage.fill();
  await using second = await stage.replica();
  const before = stage.origin.seen.length;
  const head = await second.ask(LAYER_PATH, { method: 'HEAD' });
  expect([head.status, head.headers['content-length']]).toEqual([200, String(LAYER.length)]);
  const part = await second.ask(LAYER_PATH, { headers: { range: 'bytes=100000-100009' } });
  expect([part.status, part.body]).toEqual([206, LAYER.subarray(100_000, 100_010).toString()]);
  await pullWhole(second);
  expect(stage.origin.seen.length).toBe(before);
});

test('what is evicted from the disk comes back from the bucket', async () => {
  await using egress = await stage.replica();
  await pullWhole(egress);
  await until('the bucket has it', () => stage.bucket.objects.size === 11);
  const before = stage.origin.seen.length;
  await rm(blobFile(join(egress.dir, 'store'), LAYER_DIGEST));
  expect((await egress.ask(LAYER_PATH)).body).toBe(LAYER.toString());
  expect(stage.origin.seen.length).toBe(before);
});

test('a repository without a link in the bucket gets nothing of it', async () => {
  await stage.fill();
  await using second = await stage.replica();
  expect((await second.ask(`/v2/team/other/blobs/${LAYER_DIGEST}`)).status).toBe(404);
});

test('wrong bytes cut the body, and are put right from upstream', async () => {
  await stage.fill();
  const stored = stage.bucket.objects.get(BLOB_KEY);
  const wrong = Buffer.from(LAYER);
  wrong[LAYER.length - 1] = 0;
  stage.bucket.objects.set(BLOB_KEY, { bytes: wrong, modifiedMs: stored?.modifiedMs ?? 0 });
  await using second = await stage.replica();
  const first = await second.ask(LAYER_PATH).catch(() => undefined);
  expect(first === undefined || first.body === LAYER.toString()).toBe(true);
  await until('the right bytes come', async () => {
    const got = await second.ask(LAYER_PATH).catch(() => undefined);
    return got?.body === LAYER.toString();
  });
  await until('the right bytes are in the bucket', () =>
    stage.bucket.objects.get(BLOB_KEY)?.bytes.equals(LAYER),
  );
  await untilSent(second);
  expect(await readMetric(second, 'bucket_wrong_total')).toBe(1);
  const told = second.log.filter(({ msg }) => String(msg).includes('wrong bytes'));
  expect(told.map(({ msg }) => msg)).toEqual([
    'bucket sent wrong bytes, which are fetched from upstream',
    'wrong bytes in the bucket put right',
  ]);
});

test('a body that is cut goes on from upstream', async () => {
  await stage.fill();
  stage.bucket.trouble = 'cut';
  await using second = await stage.replica();
  expect((await second.ask(LAYER_PATH)).body).toBe(LAYER.toString());
});

const FAILED = 'bucket_lookups_total{outcome="failed"}';

test.each([503, 403, 'silent'] as const)(
  'a bucket that answers %s costs a cold pull a short time, once, and is told twice',
  async (trouble) => {
    await stage.fill();
    stage.bucket.trouble = trouble;
    await using second = await stage.replica();
    await pullWhole(second);
    // One after the other, each of 1.5 seconds at most.
    expect(await readMetric(second, FAILED)).toBeLessThanOrEqual(3);
    await until(
      'the bucket is left alone',
      async () => (await readMetric(second, 'bucket_up')) === 0,
    );
    const failed = await readMetric(second, FAILED);
    expect((await second.ask(`/v2/team/none/blobs/${LAYER_DIGEST}`)).status).toBe(404);
    expect(await readMetric(second, FAILED)).toBe(failed);
    stage.bucket.trouble = undefined;
    await until(
      'the bucket is asked again',
      async () => (await readMetric(second, 'bucket_up')) === 1,
    );
    await untilSent(second);
    const told = second.log.map(({ msg }) => String(msg)).filter((msg) => /^bucket /.test(msg));
    expect(told).toEqual([
      'bucket is used',
      'bucket does not answer and is not asked until it does',
      'bucket answers again',
    ]);
  },
  60_000,
);

test('a refusal of one object counts for nothing else, and not for that object later', async () => {
  await stage.fill();
  stage.bucket.refuse = ({ key }) =>
    key === BLOB_KEY ? { status: 403, code: 'AccessDenied' } : undefined;
  await using second = await stage.replica();
  const before = stage.origin.seen.length;
  await pullWhole(second);
  // Its HEAD and its parts, and nothing that the bucket gave.
  const asked = stage.origin.seen.slice(before).map(({ url }) => url);
  expect(asked.filter((url) => !url.includes(LAYER_DIGEST) && url !== '/v2/')).toEqual([]);
  expect(asked).toContain(LAYER_PATH);
  expect(await readMetric(second, 'bucket_up')).toBe(1);

  stage.bucket.refuse = () => undefined;
  await rm(blobFile(join(second.dir, 'store'), LAYER_DIGEST));
  const then = stage.origin.seen.length;
  expect((await second.ask(LAYER_PATH)).body).toBe(LAYER.toString());
  expect(stage.origin.seen.length).toBe(then);
});

test('what waits for the bucket survives a restart', async () => {
  stage.bucket.trouble = 503;
  await using first = await stage.replica();
  await pullWhole(first);
  await first.stop(0);
  expect(stage.bucket.objects.size).toBe(0);
  stage.bucket.trouble = undefined;
  await using again = await stage.replica({ options: { storeRoot: join(first.dir, 'store') } });
  await until('the bucket has everything', () => stage.bucket.objects.size === 11);
  await untilSent(again);
  expect(stage.bucket.objects.get(BLOB_KEY)?.bytes.equals(LAYER)).toBe(true);
});

test('what is used is renewed when half of its life in the bucket is over', async () => {
  await stage.fill();
  const oldMs = Date.now() - 16 * 86_400_000;
  for (const object of stage.bucket.objects.values()) object.modifiedMs = oldMs;
  await using second = await stage.replica();
  await pullWhole(second);
  const link = `registries/up/team/app/_layers/sha256/${LAYER_DIGEST.slice(7)}`;
  for (const key of [BLOB_KEY, link]) {
    await until(`${key} is renewed`, () => {
      const modifiedMs = stage.bucket.objects.get(key)?.modifiedMs ?? 0;
      return modifiedMs > oldMs;
    });
  }
});

test('images under rules of trust are checked by each replica, whatever the bucket has', async () => {
  await stage.fill();
  await stage.origin.pause();
  const anyOf = [{ kind: 'key' as const, name: 'k', pem: 'none' }];
  const rule = { number: 1, images: ['up.example.com/**'], mode: 'enforce' as const, anyOf };
  await using second = await stage.replica({ options: { trust: [rule] } });
  for (const [path] of WHOLE_IMAGE) expect((await second.ask(path)).status).toBeGreaterThan(399);
});
