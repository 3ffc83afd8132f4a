import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { layersOf, pullTarget, type Target, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type BucketStage,
  openBucketStage,
  PREFIX,
  type PushedImage,
  untilSent,
} from './bucket-stage.ts';
import { type Replica, startReplicas } from './replicas.ts';
import { pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
let stage: BucketStage;
let replicas: readonly Replica[];
let shared: PushedImage;
let damaged: PushedImage;

beforeAll(async () => {
  stage = await openBucketStage();
  const layerSizesBytes = [MIB, MIB + 1, MIB + 2, MIB + 3, 4 * MIB];
  shared = await stage.push('shared', { layerSizesBytes });
  damaged = await stage.push('damaged', { layerSizesBytes });
  replicas = await startAll();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Three replicas with empty disks. */
const startAll = () =>
  startReplicas(
    stage,
    { 'reg.test': { url: stage.toUpstream.url, tags: { default: '1h' } } },
    { env: stage.env },
  );

const pullByAll = (targets: readonly Target[]) =>
  Promise.all(replicas.map((replica) => pullTargets(replica, targets)));

/** Lists of tags come from the upstream alone. */
async function asksUpstream(replica: Replica): Promise<boolean> {
  await using client = replica.client();
  const { status, headers } = await client.get('/v2/reg.test/team/shared/tags/list');
  return status === 200 && headers['x-cache'] !== 'STALE';
}

/** How often the bucket got each object of a blob. */
function countUploads(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path, status, headers } of stage.toBucket.seen) {
    const digest = /\/blobs\/sha256\/([0-9a-f]{64})/.exec(path)?.[1];
    if (method !== 'PUT' || status !== 200 || digest === undefined) continue;
    if (headers['x-amz-copy-source'] === undefined) counts[digest] = (counts[digest] ?? 0) + 1;
  }
  return counts;
}

it('each cold layer of three replicas goes to the bucket once', async () => {
  await pullByAll(shared.targets);
  await pullByAll(damaged.targets);
  await Promise.all(replicas.map(untilSent));
  const counts = countUploads();
  const layers = [...layersOf(shared.image), ...layersOf(damaged.image)];
  expect(layers.map(({ digest }) => counts[digest.slice(7)])).toEqual(layers.map(() => 1));
});

it('three replicas that lost their disks serve all from the bucket, without the upstream', async () => {
  await Promise.all(replicas.map(async (replica) => process.kill(await replica.pid(), 'SIGKILL')));
  await Promise.all(replicas.map((replica) => replica.remove()));
  stage.toUpstream.setRules({ do: { silent: true } });
  replicas = await startAll();
  stage.toUpstream.forget();
  await pullByAll(shared.targets);
  expect(stage.toUpstream.seen.filter(({ kind }) => kind !== 'ping')).toEqual([]);
  stage.toUpstream.setRules();
  for (const replica of replicas) {
    await until('the upstream is asked again', () => asksUpstream(replica), { timeoutMs: 60_000 });
  }
});

it('wrong bytes of the bucket come to no client, by whatever replica, and are put right', async () => {
  const layer = layersOf(damaged.image).at(-1);
  const file = join(stage.s3.bucketDir, PREFIX, 'blobs/sha256', layer?.digest.slice(7) ?? '');
  const right = await readFile(file);
  const wrong = Buffer.from(right);
  wrong[right.length - 1] = (right.at(-1) ?? 0) ^ 1;
  await writeFile(file, wrong);
  const other: string[] = [];
  const pull = async (replica: Replica) => {
    for (const target of damaged.targets) {
      // A body that breaks off is asked for again, as clients do.
      const ask = async () => {
        await using client = replica.client({ idleTimeoutMs: 60_000 });
        await pullTarget(client, target).catch((error: Error) => {
          if (error.message.includes('other bytes')) other.push(error.message);
          throw error;
        });
        return true;
      };
      await until(`${target.path} comes`, ask, { timeoutMs: 60_000 });
    }
  };
  await Promise.all(replicas.map(pull));
  expect(other).toEqual([]);
  await until('the bucket has the right bytes', async () => (await readFile(file)).equals(right), {
    timeoutMs: 60_000,
  });
});
