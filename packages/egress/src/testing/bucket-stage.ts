import { expect, vi } from 'vitest';
import { type EgressFixture, startFixture } from './egress-fixture.ts';
import { type FakeBucket, startFakeBucket } from './fake-bucket.ts';
import { LAYER_DIGEST, REFERRERS_PATH, startImageOrigin, WHOLE_IMAGE } from './image-origin.ts';
import type { Origin } from './origin.ts';

/** The object of the image's layer. */
export const BLOB_KEY = `blobs/sha256/${LAYER_DIGEST.slice(7)}`;

/** A bucket, an upstream with one image, and replicas with a disk of their own each. */
export interface BucketStage extends AsyncDisposable {
  readonly bucket: FakeBucket;
  readonly origin: Origin;
  replica(options?: Parameters<typeof startFixture>[1]): Promise<EgressFixture>;
  /** Pulls all by a first replica, and waits until the bucket has it. */
  fill(): Promise<void>;
}

/** The credentials of the bucket are in the environment until `vi.unstubAllEnvs`. */
export async function openBucketStage(): Promise<BucketStage> {
  const bucket = await startFakeBucket();
  const origin = await startImageOrigin();
  for (const [name, value] of Object.entries(bucket.credentials)) vi.stubEnv(name, value);
  const replica: BucketStage['replica'] = (options = {}) =>
    startFixture(origin.url, {
      ...options,
      options: { bucket: bucket.options, ...options.options },
    });
  return {
    bucket,
    origin,
    replica,
    async fill() {
      await using first = await replica();
      await pullWhole(first);
      expect((await first.ask(REFERRERS_PATH)).status).toBe(200);
      // Content and links, a tag, a list of referrers.
      await until('the bucket has everything', () => bucket.objects.size === 12);
      await untilSent(first);
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await Promise.all([bucket[Symbol.asyncDispose](), origin[Symbol.asyncDispose]()]);
    },
  };
}

/** Pulls everything of the image, and compares each byte. */
export async function pullWhole(egress: EgressFixture): Promise<void> {
  for (const [path, body] of WHOLE_IMAGE) {
    const got = await egress.ask(path);
    expect([path, got.status, got.body === body]).toEqual([path, 200, true]);
  }
}

/** Asks again and again until the result is true. */
export async function until(what: string, ask: () => unknown): Promise<void> {
  await expect.poll(ask, { message: what, timeout: 30_000, interval: 100 }).toBe(true);
}

/** Waits until nothing waits for the bucket. */
export function untilSent(egress: EgressFixture): Promise<void> {
  return until(
    'nothing waits for the bucket',
    async () => (await readMetric(egress, 'bucket_queue')) === 0,
  );
}

/** The value of a metric of egress, with its labels as they are written; undefined if missing. */
export async function readMetric(egress: EgressFixture, name: string): Promise<number | undefined> {
  const { body } = await egress.ask('/metrics', { over: 'socket' });
  const start = `registry_cache_egress_${name} `;
  const line = body.split('\n').find((one) => one.startsWith(start));
  return line === undefined ? undefined : Number(line.slice(start.length));
}

/** The messages of the log that begin with a word of the bucket's trouble. */
export function toldOfBucket({ log }: Pick<EgressFixture, 'log'>): string[] {
  return log.map(({ msg }) => String(msg)).filter((msg) => /bucket/.test(msg));
}
