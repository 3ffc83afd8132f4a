import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Bucket,
  blobKey,
  openUploadQueue,
  referrersKey,
  revisionKey,
  type UploadQueue,
  type UploadTask,
} from '@registry-cache/bucket';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Uploader, type UploadOutcome } from './uploader.ts';

const BYTES = Buffer.alloc(300_000, 'the bytes of a layer, ');
const DIGEST = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;
const LAYER: UploadTask = {
  upstreamId: 'quay.io',
  repository: 'team/app',
  kind: 'layer',
  digest: DIGEST,
};

let dir: string;
let queue: UploadQueue;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'uploader-'));
  await writeFile(join(dir, 'blob'), BYTES);
  queue = await openUploadQueue(join(dir, 'queue'), {
    maxTasks: 10,
    maxTextBytes: 10,
    onNotKept: (error) => {
      throw error;
    },
  });
});
afterEach(() => rm(dir, { recursive: true }));

const evict = () => rm(join(dir, 'blob'));

interface UploadOptions {
  readonly renewAfterMs?: number;
  readonly now?: () => number;
  readonly afterEach?: () => void;
}

/** Runs the tasks one after the other, by a bucket that has nothing and does what the test wants. */
async function upload(
  tasks: readonly UploadTask[],
  does: Partial<Bucket>,
  { renewAfterMs, now = Date.now, afterEach: next }: UploadOptions = {},
): Promise<UploadOutcome[]> {
  const outcomes: UploadOutcome[] = [];
  const fail = () => expect.unreachable();
  const uploader = new Uploader({
    bucket: {
      name: 'cache',
      head: async () => undefined,
      get: fail,
      put: fail,
      presign: fail,
      renew: fail,
      remove: fail,
      hasLifecycle: fail,
      setLifecycle: fail,
      hasOwnRule: fail,
      removeOwnRule: fail,
      ...does,
    },
    queue,
    reader: { isWrong: () => false, noteStored: () => undefined },
    store: { blobFile: () => join(dir, 'blob'), blobSize: async () => BYTES.length },
    renewAfterMs,
    isUp: () => true,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    now,
    onOutcome: (outcome) => outcomes.push(outcome),
    onGivenUp: fail,
    onFailure: fail,
    onTrouble: fail,
    onRecovery: fail,
    onPutRight: fail,
  });
  uploader.start();
  for (const task of tasks) {
    await queue.add(task);
    await expect.poll(() => queue.size).toBe(0);
    next?.();
  }
  await uploader.stop();
  return outcomes;
}

test('a blob that is evicted before it is sent is gone, and no failure of the bucket', async () => {
  const head = async () => {
    await evict();
    return undefined;
  };
  expect(await upload([LAYER], { head })).toEqual(['gone']);
});

test('a blob that is evicted while it is sent arrives whole', async () => {
  const got = new Map<string, Buffer | string>();
  const put: Bucket['put'] = async (key, body) => {
    if ('text' in body) return void got.set(key, body.text);
    const stream = body.open();
    await evict();
    // Credentials may have to be found first.
    await sleep(20);
    got.set(key, await buffer(stream));
  };
  expect(await upload([LAYER], { put })).toEqual(['stored']);
  expect(got.get(blobKey(DIGEST))).toEqual(BYTES);
  expect(got.size).toBe(2);
});

test('a tag that is used and no longer confirmed is written anew before it expires', async () => {
  let nowMs = Date.now();
  const record = { digest: DIGEST, confirmedAtMs: nowMs };
  const tag: UploadTask = {
    upstreamId: 'quay.io',
    repository: 'team/app',
    kind: 'tag',
    tag: 'v1',
    record,
  };
  const get = async () => undefined;
  const put = async () => undefined;
  const afterEach = () => {
    nowMs += 3_600_000;
  };
  const options = { renewAfterMs: 3_600_000, now: () => nowMs, afterEach };
  expect(await upload([tag, tag], { get, put }, options)).toEqual(['stored', 'stored']);
});

test('a list of referrers is renewed together with the link of its subject', async () => {
  const place = { upstreamId: 'quay.io', repository: 'team/app' };
  const nowMs = Date.now();
  const renewed: string[] = [];
  const head: Bucket['head'] = async (key) => ({
    sizeBytes: BYTES.length,
    // The list alone is young, and would be older than it may before the link is renewed again.
    modifiedMs: key === referrersKey(place, DIGEST) ? nowMs - 1_000 : nowMs - 5_000,
  });
  const renew: Bucket['renew'] = async (key) => void renewed.push(key);
  const revision: UploadTask = { ...place, kind: 'revision', digest: DIGEST };
  const options = { renewAfterMs: 2_000, now: () => nowMs };
  expect(await upload([revision], { head, renew }, options)).toEqual(['renewed']);
  expect(renewed).toEqual([
    blobKey(DIGEST),
    revisionKey(place, DIGEST),
    referrersKey(place, DIGEST),
  ]);
});
