import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BucketStage, openBucketStage } from '../testing/bucket-stage.ts';
import { digestOf } from '../wire/http/digest.ts';

let stage: BucketStage;

beforeEach(async () => {
  stage = await openBucketStage();
});

afterEach(() => stage[Symbol.asyncDispose]());

test('a layer of many parts comes from the bucket alone', async () => {
  const bytes = Buffer.alloc(21_000_000, 'the bytes of a large layer, ');
  const digest = digestOf(bytes);
  const hex = digest.slice(7);
  const modifiedMs = Date.now();
  stage.bucket.objects.set(`blobs/sha256/${hex}`, { bytes, modifiedMs });
  const link = { bytes: Buffer.from(digest), modifiedMs };
  stage.bucket.objects.set(`registries/up/team/app/_layers/sha256/${hex}`, link);
  await using egress = await stage.replica();
  const { status, body } = await egress.ask(`/v2/team/app/blobs/${digest}`);
  expect([status, body === bytes.toString()]).toEqual([200, true]);
  expect(stage.origin.seen).toEqual([]);
});
