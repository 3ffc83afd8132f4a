import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile, bucketQueueDir } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  BLOB_KEY,
  type BucketStage,
  openBucketStage,
  pullWhole,
  readMetric,
  toldOfBucket,
  until,
  untilSent,
} from '../testing/bucket-stage.ts';
import {
  LAYER,
  LAYER_DIGEST,
  LAYER_PATH,
  REFERRERS_PATH,
  WHOLE_IMAGE,
} from '../testing/image-origin.ts';

let stage: BucketStage;

beforeEach(async () => {
  stage = await openBucketStage();
});

afterEach(() => stage[Symbol.asyncDispose]());

const TAG_KEY = 'registries/up/team/app/_tags/v1';
const IMAGE = WHOLE_IMAGE[1]?.[0].split('/').at(-1) ?? '';

test('a manifest of 10 MB by its digest alone comes from upstream', async () => {
  await stage.fill();
  replace(`blobs/sha256/${IMAGE.slice(7)}`, Buffer.alloc(10_000_000, ' '));
  await using second = await stage.replica();
  const [path = '', body] = WHOLE_IMAGE[1] ?? [];
  expect(await second.ask(path)).toMatchObject({ status: 200, body });
});

function replace(key: string, bytes: Buffer | string): void {
  expect(stage.bucket.objects.has(key)).toBe(true);
  stage.bucket.objects.set(key, { bytes: Buffer.from(bytes), modifiedMs: Date.now() });
}

test.each([
  ['a layer of no bytes', BLOB_KEY, Buffer.alloc(0)],
  ['a layer that ends too early', BLOB_KEY, LAYER.subarray(0, 1000)],
  ['a layer of 20 MB', BLOB_KEY, Buffer.alloc(20_000_000)],
  ['a manifest of no bytes', `blobs/sha256/${IMAGE.slice(7)}`, Buffer.alloc(0)],
  ['a manifest of 10 MB', `blobs/sha256/${IMAGE.slice(7)}`, Buffer.alloc(10_000_000, ' ')],
])('%s in the bucket is put right', async (_name, key, bytes) => {
  await stage.fill();
  const right = stage.bucket.objects.get(key)?.bytes ?? Buffer.alloc(0);
  replace(key, bytes);
  await using second = await stage.replica();
  await until('the image comes', async () => {
    const answers = [];
    for (const [path, body] of WHOLE_IMAGE) {
      const got = await second.ask(path).catch(() => undefined);
      // A body that breaks off is no answer. A whole one is right.
      if (got?.status === 200) expect(got.body === body).toBe(true);
      answers.push(got?.status);
    }
    return answers.every((status) => status === 200);
  });
  await until('the bytes are right', () => stage.bucket.objects.get(key)?.bytes.equals(right));
  await untilSent(second);
});

test.each([
  ['no record', 'not JSON'],
  ['a record without a time', JSON.stringify({ digest: IMAGE })],
  ['a record of a time before all', JSON.stringify({ digest: IMAGE, confirmedAtMs: -8e15 })],
  ['a record of no digest', JSON.stringify({ digest: '../../x', confirmedAtMs: 1 })],
  ['a record from the future', JSON.stringify({ digest: IMAGE, confirmedAtMs: 7e15 })],
  ['an endless record', ' '.repeat(9_000_000)],
])('%s of a tag is replaced by the word of the upstream', async (_name, record) => {
  await stage.fill();
  replace(TAG_KEY, record);
  await using second = await stage.replica();
  const before = stage.origin.seen.length;
  await pullWhole(second);
  expect(stage.origin.seen.length).toBeGreaterThan(before);
  await untilSent(second);
  const now = JSON.parse(stage.bucket.objects.get(TAG_KEY)?.bytes.toString() ?? '');
  expect(now.digest).toBe(IMAGE);
  expect(Math.abs(now.confirmedAtMs - Date.now())).toBeLessThan(60_000);
});

test('a list of referrers that is none is no answer', async () => {
  await stage.fill();
  const key = `registries/up/team/app/_referrers/sha256/${IMAGE.slice(7)}`;
  for (const list of ['', '{"manifests":7}', ' '.repeat(9_000_000)]) {
    replace(key, list);
    await stage.origin.pause();
    await using second = await stage.replica();
    expect((await second.ask(REFERRERS_PATH)).status).toBeGreaterThan(499);
  }
});

test('content that is evicted while it waits costs neither egress nor the bucket', async () => {
  let asked = 0;
  await using egress = await stage.replica();
  // The file goes after egress has found that the bucket lacks it, and before it is sent.
  stage.bucket.refuse = ({ method, key }) => {
    if (method !== 'HEAD' || key !== BLOB_KEY) return undefined;
    asked += 1;
    rmSync(blobFile(join(egress.dir, 'store'), LAYER_DIGEST), { force: true });
    return undefined;
  };
  await pullWhole(egress);
  await untilSent(egress);
  expect(asked).toBeGreaterThan(0);
  expect((await egress.ask(LAYER_PATH)).body).toBe(LAYER.toString());
  expect(toldOfBucket(egress).filter((msg) => /fail|not answer/.test(msg))).toEqual([]);
});

test.each([
  ['ExpiredToken', 400],
  ['RequestTimeout', 400],
  ['AccessDenied', 403],
])('uploads that are refused by %s come to the bucket later', async (code, status) => {
  let refused = 0;
  stage.bucket.refuse = ({ method }) => {
    if (method !== 'PUT' || refused >= 4) return undefined;
    refused += 1;
    return { status, code };
  };
  await using egress = await stage.replica();
  await pullWhole(egress);
  await until('the bucket has everything', () => stage.bucket.objects.size === 11);
  await untilSent(egress);
  expect(refused).toBe(4);
});

test('credentials that were renewed in a file count from then on', async () => {
  await using egress = await stage.replica({
    prepare: (dir) => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(dir, 'aws'));
      return writeFile(join(dir, 'aws'), profile('old'));
    },
  });
  stage.bucket.refuse = ({ headers }) =>
    String(headers.authorization).includes('Credential=new/')
      ? undefined
      : { status: 400, code: 'ExpiredToken' };
  await pullWhole(egress);
  expect(stage.bucket.objects.size).toBe(0);
  await egress.write('aws', profile('new'));
  await until('the bucket has everything', () => stage.bucket.objects.size === 11);
});

const profile = (key: string) =>
  `[default]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`;

test.each([-3_600_000, 3_600_000])('a clock that is wrong by %d ms is allowed for', async (ms) => {
  stage.bucket.aheadMs = ms;
  await using egress = await stage.replica();
  await pullWhole(egress);
  await until('the bucket has everything', () => stage.bucket.objects.size === 11);
});

test('odd files in the queue cost the others nothing', async () => {
  await using egress = await stage.replica({
    prepare: async (dir) => {
      const queue = bucketQueueDir(join(dir, 'store'));
      await mkdir(join(queue, 'a-folder', 'inside'), { recursive: true });
      await writeFile(join(queue, 'no-task'), 'x');
    },
  });
  await pullWhole(egress);
  await until('the bucket has everything', () => stage.bucket.objects.size === 11);
  expect(await readMetric(egress, 'bucket_queue')).toBe(0);
});

test('a rule of the lifecycle that is refused is told; one without an answer is tried again', async () => {
  let asked = 0;
  stage.bucket.refuse = ({ query }) => {
    if (!query.startsWith('lifecycle')) return undefined;
    asked += 1;
    return asked === 1 ? { status: 503, code: 'SlowDown' } : { status: 403, code: 'AccessDenied' };
  };
  await using egress = await stage.replica();
  const told = () => egress.log.filter(({ msg }) => String(msg).includes('lifecycle'));
  await until('it is told', () => told().length > 0);
  expect(told()).toMatchObject([{ rule: expect.stringContaining('"Days":30') }]);
  expect(asked).toBe(2);
});

test('a slow bucket is asked after the registry, and its begin and end are told', async () => {
  await stage.fill();
  let aheadMs = 0;
  stage.bucket.trouble = 'slow';
  await using second = await stage.replica({ deps: { now: () => Date.now() + aheadMs } });
  const before = stage.origin.seen.length;
  await pullWhole(second);
  expect(stage.origin.seen.length).toBeGreaterThan(before);
  const told = () => toldOfBucket(second).filter((msg) => /slow|fast/.test(msg));
  expect(told()).toEqual(['bucket is slow, so that registries are asked first']);

  stage.bucket.trouble = undefined;
  aheadMs = 61_000;
  rmSync(blobFile(join(second.dir, 'store'), LAYER_DIGEST));
  expect((await second.ask(LAYER_PATH)).body).toBe(LAYER.toString());
  await until('its end is told', () => told().at(-1) === 'bucket is fast enough again');
  expect(told()).toHaveLength(2);
});
