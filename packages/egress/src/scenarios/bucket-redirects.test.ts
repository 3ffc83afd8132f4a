import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile, INTERNAL_HEADERS } from '@registry-cache/domain';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type EgressFixture, startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { type FakeBucket, startFakeBucket } from '../testing/fake-bucket.ts';
import { LARGE, LARGE_DIGEST, LARGE_PATH, startLargeBlobOrigin } from '../testing/large-blob.ts';
import type { Origin } from '../testing/origin.ts';
import { digestOf } from '../wire/http/digest.ts';

const BLOB_KEY = `blobs/sha256/${LARGE_DIGEST.slice(7)}`;
const LINK_KEY = `registries/up/team/app/_layers/sha256/${LARGE_DIGEST.slice(7)}`;

let bucket: FakeBucket;
let origin: Origin;

beforeEach(async () => {
  bucket = await startFakeBucket();
  origin = await startLargeBlobOrigin();
  for (const [name, value] of Object.entries(bucket.credentials)) vi.stubEnv(name, value);
  putBoth(Date.now());
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all([bucket[Symbol.asyncDispose](), origin[Symbol.asyncDispose]()]);
});

function putBoth(modifiedMs: number): void {
  bucket.objects.set(BLOB_KEY, { bytes: LARGE, modifiedMs });
  bucket.objects.set(LINK_KEY, { bytes: Buffer.from(LARGE_DIGEST), modifiedMs });
}

type Options = NonNullable<Parameters<typeof startFixture>[1]>['options'];

function startReplica(
  options: Options = {},
  redirect: 'without-rules' | 'always' | 'never' = 'without-rules',
): Promise<EgressFixture> {
  const chosen = redirect === 'never' ? {} : { redirect };
  return startFixture(origin.url, {
    options: { bucket: { ...bucket.options, ...chosen }, ...options },
  });
}

/** A request of a client, as the edge passes it on. */
function askAs(
  egress: EgressFixture,
  source: string | undefined,
  headers: Record<string, string> = {},
  method = 'GET',
) {
  const from = source === undefined ? {} : { [INTERNAL_HEADERS.source.key]: source };
  return egress.ask(LARGE_PATH, { method, headers: { ...from, ...headers } });
}

const metric = async (egress: EgressFixture) => {
  const { body } = await egress.ask('/metrics', { over: 'socket' });
  return /^registry_cache_egress_bucket_redirects_total (.*)$/m.exec(body)?.[1];
};

test('a client is sent to the bucket, by a URL that gives the blob for a minute', async () => {
  await using egress = await startReplica();
  const got = await askAs(egress, '10.0.0.1');
  expect([got.status, got.body]).toEqual([307, '']);
  expect(got.headers['cache-control']).toBe('no-store');
  const url = new URL(got.headers.location ?? '');
  expect([url.origin, url.pathname]).toEqual([bucket.options.endpoint, `/cache/${BLOB_KEY}`]);
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
  expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  const blob = Buffer.from(await (await fetch(url)).arrayBuffer());
  expect(blob.equals(LARGE)).toBe(true);
  expect(origin.seen).toEqual([]);
  expect(await metric(egress)).toBe('1');
  expect(JSON.stringify(egress.log)).not.toContain('X-Amz');
});

test('a client that comes back gets the blob here, and others are sent to the bucket', async () => {
  await using egress = await startReplica();
  expect((await askAs(egress, '10.0.0.1')).status).toBe(307);
  expect((await askAs(egress, '10.0.0.2')).status).toBe(307);
  const again = await askAs(egress, '10.0.0.1');
  expect([again.status, again.body]).toEqual([200, LARGE.toString()]);
  // Now it is on the disk, which is nearer for all.
  expect((await askAs(egress, '10.0.0.3')).status).toBe(200);
});

test('wrong bytes that clients got from the bucket are found and put right by the next attempt', async () => {
  const wrong = Buffer.from(LARGE);
  wrong[0] = (wrong[0] ?? 0) ^ 1;
  bucket.objects.set(BLOB_KEY, { bytes: wrong, modifiedMs: Date.now() });
  await using egress = await startReplica();
  expect((await askAs(egress, '10.0.0.1')).status).toBe(307);
  await askAs(egress, '10.0.0.1').catch(() => undefined);
  const other = await askAs(egress, '10.0.0.2').catch(() => undefined);
  expect(other?.status).not.toBe(307);
  await expect
    .poll(() => bucket.objects.get(BLOB_KEY)?.bytes.equals(LARGE), { timeout: 15_000 })
    .toBe(true);
});

test('HEAD and parts are answered here, and a part that is the whole is not', async () => {
  await using egress = await startReplica();
  const head = await askAs(egress, '10.0.0.1', {}, 'HEAD');
  expect([head.status, head.headers['content-length']]).toEqual([200, String(LARGE.length)]);
  const part = await askAs(egress, '10.0.0.1', { range: 'bytes=1000-1009' });
  expect([part.status, part.body]).toEqual([206, LARGE.subarray(1000, 1010).toString()]);
  const rest = await askAs(egress, '10.0.0.1', { range: `bytes=${LARGE.length - 5}-` });
  expect([rest.status, rest.body.length]).toEqual([206, LARGE.subarray(-5).toString().length]);
  expect((await askAs(egress, '10.0.0.1', { range: 'bytes=0-' })).status).toBe(307);
});

test('a blob below 8 MiB is given here', async () => {
  const small = LARGE.subarray(0, 8 * 1024 * 1024 - 1);
  const digest = digestOf(small);
  for (const key of [BLOB_KEY, LINK_KEY]) {
    const other = key.replace(LARGE_DIGEST.slice(7), digest.slice(7));
    bucket.objects.set(other, { bytes: small, modifiedMs: Date.now() });
  }
  await using egress = await startReplica();
  const got = await egress.ask(LARGE_PATH.replace(LARGE_DIGEST, digest), {
    headers: { [INTERNAL_HEADERS.source.key]: '10.0.0.1' },
  });
  expect([got.status, origin.seen.length]).toEqual([200, 0]);
});

test('nobody is sent to the bucket by default', async () => {
  await using egress = await startReplica({}, 'never');
  expect((await askAs(egress, '10.0.0.1')).status).toBe(200);
});

test('peers, engines and warm get the bytes', async () => {
  await using egress = await startReplica();
  expect((await askAs(egress, undefined)).status).toBe(200);
  // The client has all bytes a moment before they are stored.
  const file = blobFile(join(egress.dir, 'store'), LARGE_DIGEST);
  await expect.poll(() => rm(file).catch((error) => error.code)).toBeUndefined();
  const peer = { [INTERNAL_HEADERS.fromPeer.key]: '1' };
  expect((await askAs(egress, '10.0.0.1', peer)).status).toBe(200);
});

const NAMES = { aliases: {}, library: [] };
const RULED: readonly [string, (url: string) => Options][] = [
  [
    'rules of access',
    () => ({
      access: { groups: {}, default: ['pull'], rules: [], hasLogins: true, names: NAMES },
    }),
  ],
  ["a registry's own logins", (url) => ({ upstreams: [upstreamAt(url, { triesLogins: true })] })],
];

test.each(RULED)('%s keep clients here, unless the setting says always', async (_, ruled) => {
  const options = () => ruled(origin.url);
  await using careful = await startReplica(options());
  expect((await askAs(careful, '10.0.0.1')).status).toBe(200);
  await using always = await startReplica(options(), 'always');
  expect((await askAs(always, '10.0.0.1')).status).toBe(307);
});

test('an image without a verdict is not given out, neither here nor in the bucket', async () => {
  const anyOf = [{ kind: 'key' as const, name: 'k', pem: 'none' }];
  const rule = { number: 1, images: ['up.example.com/**'], mode: 'enforce' as const, anyOf };
  await using egress = await startReplica({ trust: [rule] }, 'always');
  expect((await askAs(egress, '10.0.0.1')).status).toBeGreaterThanOrEqual(400);
});

test('a repository without a link in the bucket is not sent there', async () => {
  bucket.objects.delete(LINK_KEY);
  await using egress = await startReplica();
  expect((await askAs(egress, '10.0.0.1')).status).toBe(200);
});

test.each([503, 403, 'silent'] as const)(
  'no client is sent to a bucket that answers %s',
  async (trouble) => {
    bucket.trouble = trouble;
    await using egress = await startReplica();
    expect((await askAs(egress, '10.0.0.1')).status).toBe(200);
    expect(await metric(egress)).toBe('0');
  },
  30_000,
);

test('what clients use in the bucket alone is renewed there', async () => {
  const oldMs = Date.now() - 16 * 86_400_000;
  putBoth(oldMs);
  await using egress = await startReplica();
  expect((await askAs(egress, '10.0.0.1')).status).toBe(307);
  for (const key of [BLOB_KEY, LINK_KEY]) {
    await expect.poll(() => bucket.objects.get(key)?.modifiedMs ?? 0).toBeGreaterThan(oldMs);
  }
});
