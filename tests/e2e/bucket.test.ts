import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  createPodmanClient,
  type FaultProxy,
  type FaultRule,
  layersOf,
  type S3Server,
  startFaultProxy,
  startS3Server,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readEvents, readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest } from './tag-requests.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
/** An image for each fault, so that each is cold once. */
const FAULTS: Record<string, readonly FaultRule[]> = {
  'an error': [{ do: { respond: { status: 503, body: 'SlowDown' } } }],
  'a refusal': [{ do: { respond: { status: 403, body: 'AccessDenied' } } }],
  silence: [{ do: { silent: true } }],
  'a slow answer': [{ do: { delayMs: 4_000 } }],
  'a body that is cut': [{ when: { path: /blobs\/sha256/ }, do: { cutAtByte: 700_000 } }],
  'wrong bytes': [{ when: { path: /blobs\/sha256/ }, do: { corruptByte: 400_000 } }],
  'no connection': [{ do: { refuse: true } }],
};

let stage: Stage;
let s3: S3Server;
let toBucket: FaultProxy;
let toUpstream: FaultProxy;
let first: Appliance;
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const upstream = await stage.upstream();
  s3 = stage.use(await startS3Server(host));
  toBucket = stage.use(await startFaultProxy({ host, upstream: s3.url }));
  toUpstream = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  for (const [index, name] of ['app', 'queued', ...Object.keys(FAULTS)].entries()) {
    const plan = { seed: `bucket ${name}`, layerSizesBytes: [MIB, 2 * MIB + index] };
    images.set(name, await pushImage(upstream, repositoryOf(name), 'v1', plan));
  }
  first = await replica();
  for (const name of ['app', ...Object.keys(FAULTS)]) await pullTargets(first, targets(name));
  await untilSent(first);
});

beforeEach(() => {
  toBucket.setRules();
  toUpstream.setRules();
});

afterAll(() => stage[Symbol.asyncDispose]());

const repositoryOf = (name: string) => `team/${name.replaceAll(' ', '-')}`;
const imageOf = (name: string): Bundle => {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
};
const targets = (name: string) => listTargets('reg.test', repositoryOf(name), 'v1', imageOf(name));

/** A replica with a disk of its own. */
function replica(options: { storeDir?: string; tagTime?: string } = {}): Promise<Appliance> {
  const { storeDir, tagTime = '1h' } = options;
  return stage.appliance(
    { 'reg.test': { url: toUpstream.url, tags: { default: tagTime } } },
    {
      ...(storeDir !== undefined && { storeDir }),
      env: {
        ...s3.credentials,
        S3_BUCKET: 'cache',
        S3_PREFIX: 'registry/prod',
        S3_ENDPOINT: toBucket.url,
        S3_PATH_STYLE: 'true',
      },
    },
  );
}

const waiting = (appliance: Appliance) =>
  readMetric(appliance, 'registry_cache_egress_bucket_queue');

async function untilSent(appliance: Appliance): Promise<void> {
  await until('nothing waits for the bucket', async () => (await waiting(appliance)) === 0, {
    timeoutMs: 60_000,
  });
}

it('a replica with an empty disk and a silent upstream serves all that the bucket has', async () => {
  toUpstream.setRules({ do: { silent: true } });
  const appliance = await replica();
  toUpstream.forget();
  await pullTargets(appliance, targets('app'));
  expect(await askManifest(appliance, 'reg.test/team/app:v1')).toMatchObject({ cache: 'HIT' });
  await using podman = await createPodmanClient({ ca: appliance.ca });
  expect(await podman.pull(`${appliance.registry}/reg.test/team/app:v1`)).toMatchObject({
    exitCode: 0,
  });
  expect(toUpstream.seen.filter(({ kind }) => kind !== 'ping')).toEqual([]);
});

it('a tag past its time is served as stale by a replica that never saw its upstream', async () => {
  toUpstream.setRules({ do: { refuse: true } });
  const appliance = await replica({ tagTime: '1s' });
  expect(await askManifest(appliance, 'reg.test/team/app:v1')).toMatchObject({ cache: 'STALE' });
});

it('faults of the bucket cost a cold pull little, a hot one nothing, and no wrong byte', async () => {
  const appliance = await replica();
  const costs: Record<string, number> = {};
  for (const [name, rules] of Object.entries(FAULTS)) {
    toBucket.setRules(...rules);
    const startedMs = performance.now();
    // A body with wrong bytes breaks off at its end, and the next attempt of a client is right.
    await until(`the image comes in spite of ${name}`, async () =>
      pullTargets(appliance, targets(name)).catch(() => undefined),
    );
    costs[name] = Math.round(performance.now() - startedMs);
    const hotMs = performance.now();
    await pullTargets(appliance, targets(name));
    expect(performance.now() - hotMs).toBeLessThan(1_500);
    toBucket.setRules();
    await until(`the bucket is asked again after ${name}`, async () =>
      (await readMetric(appliance, 'registry_cache_egress_bucket_up')) === 1 ? true : undefined,
    );
  }
  console.info('milliseconds of a cold pull by fault of the bucket', costs);
  for (const cost of Object.values(costs)) expect(cost).toBeLessThan(12_000);
});

it('wrong bytes in the bucket are put right from upstream', async () => {
  const digest = layersOf(imageOf('app'))[1]?.digest ?? '';
  const file = join(s3.bucketDir, 'registry/prod/blobs/sha256', digest.slice(7));
  const right = await readFile(file);
  const wrong = Buffer.from(right);
  wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1;
  await writeFile(file, wrong);
  const appliance = await replica();
  await until('the image comes', () =>
    pullTargets(appliance, targets('app')).catch(() => undefined),
  );
  await untilSent(appliance);
  expect((await readFile(file)).equals(right)).toBe(true);
  const told = (await readEvents(appliance)).map(({ msg }) => String(msg));
  expect(told.filter((msg) => msg.includes('wrong bytes'))).toEqual([
    'bucket sent wrong bytes, which are fetched from upstream',
    'wrong bytes in the bucket put right',
  ]);
});

it('what waits for the bucket survives kill -9, and comes there after the restart', async () => {
  toBucket.setRules({ do: { refuse: true } });
  const killed = await replica();
  await pullTargets(killed, targets('queued'));
  expect(await waiting(killed)).toBeGreaterThan(0);
  process.kill(await killed.pid(), 'SIGKILL');
  await until('the container has ended', async () => !(await killed.isRunning()));
  toBucket.setRules();
  const again = await replica({ storeDir: killed.storeDir });
  await untilSent(again);
  const blobs = await readdir(join(s3.bucketDir, 'registry/prod/blobs/sha256'));
  for (const { digest } of imageOf('queued').blobs) expect(blobs).toContain(digest.slice(7));
});
