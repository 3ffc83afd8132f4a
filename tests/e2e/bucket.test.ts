import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPodmanClient, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type BucketStage,
  openBucketStage,
  PREFIX,
  type PushedImage,
  readWaiting,
  untilSent,
} from './bucket-stage.ts';
import { readEvents } from './inside.ts';
import { askManifest } from './tag-requests.ts';
import { pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
let stage: BucketStage;
let app: PushedImage;
let queued: PushedImage;

beforeAll(async () => {
  stage = await openBucketStage();
  app = await stage.push('app', { layerSizesBytes: [MIB, 2 * MIB] });
  queued = await stage.push('queued', { layerSizesBytes: [MIB, 2 * MIB] });
  const first = await stage.replica();
  await pullTargets(first, app.targets);
  await untilSent(first);
});

beforeEach(() => {
  stage.toBucket.setRules();
  stage.toUpstream.setRules();
});

afterAll(() => stage[Symbol.asyncDispose]());

it('a replica with an empty disk and a silent upstream serves all that the bucket has', async () => {
  stage.toUpstream.setRules({ do: { silent: true } });
  const appliance = await stage.replica();
  stage.toUpstream.forget();
  await pullTargets(appliance, app.targets);
  expect(await askManifest(appliance, 'reg.test/team/app:v1')).toMatchObject({ cache: 'HIT' });
  await using podman = await createPodmanClient({ ca: appliance.ca });
  expect(await podman.pull(`${appliance.registry}/reg.test/team/app:v1`)).toMatchObject({
    exitCode: 0,
  });
  expect(stage.toUpstream.seen.filter(({ kind }) => kind !== 'ping')).toEqual([]);
});

it('a tag past its time is served as stale by a replica that never saw its upstream', async () => {
  stage.toUpstream.setRules({ do: { refuse: true } });
  const appliance = await stage.replica({ tagTime: '1s' });
  expect(await askManifest(appliance, 'reg.test/team/app:v1')).toMatchObject({ cache: 'STALE' });
});

it('wrong bytes in the bucket are put right from upstream', async () => {
  const digest = layersOf(app.image)[1]?.digest ?? '';
  const file = join(stage.s3.bucketDir, PREFIX, 'blobs/sha256', digest.slice(7));
  const right = await readFile(file);
  const wrong = Buffer.from(right);
  wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
  await writeFile(file, wrong);
  const appliance = await stage.replica();
  await until('the image comes', () => pullTargets(appliance, app.targets).catch(() => undefined));
  await untilSent(appliance);
  expect((await readFile(file)).equals(right)).toBe(true);
  const told = (await readEvents(appliance)).map(({ msg }) => String(msg));
  expect(told.filter((msg) => msg.includes('wrong bytes'))).toEqual([
    'bucket sent wrong bytes, which are fetched from upstream',
    'wrong bytes in the bucket put right',
  ]);
});

it('what waits for the bucket survives kill -9, and comes there after the restart', async () => {
  stage.toBucket.setRules({ do: { refuse: true } });
  const killed = await stage.replica();
  await pullTargets(killed, queued.targets);
  expect(await readWaiting(killed)).toBeGreaterThan(0);
  process.kill(await killed.pid(), 'SIGKILL');
  await until('the container has ended', async () => !(await killed.isRunning()));
  stage.toBucket.setRules();
  const again = await stage.replica({ storeDir: killed.storeDir });
  await untilSent(again);
  const blobs = await readdir(join(stage.s3.bucketDir, PREFIX, 'blobs/sha256'));
  for (const { digest } of queued.image.blobs) expect(blobs).toContain(digest.slice(7));
});
