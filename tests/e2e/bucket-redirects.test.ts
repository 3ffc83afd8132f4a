import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  type Content,
  createCriMachineClient,
  createDockerMachineClient,
  createHttpClient,
  createPodmanClient,
  type FaultProxy,
  layersOf,
  openMachine,
  pullTargets,
  type S3Server,
  startContainerd,
  startDocker,
  startFaultProxy,
  startS3Server,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { expectSuccess } from './clients/proofs.ts';
import { setUpByCache } from './clients/set-up.ts';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets } from './traffic.ts';

const MIB = 1024 * 1024;
/** An image for each test, since all clients here have one address. */
const NAMES = ['raw', 'podman', 'containerd', 'docker', 'unreachable', 'wrong', 'gone'] as const;
type Name = (typeof NAMES)[number];
/** A request with a URL that the cache has signed for a client. */
const SIGNED = { path: /X-Amz-Signature=/ };

let stage: Stage;
let s3: S3Server;
let toBucket: FaultProxy;
let toUpstream: FaultProxy;
/** Has an empty disk, and a bucket with all images. */
let appliance: Appliance;
const images = new Map<Name, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  const upstream = await stage.upstream();
  s3 = stage.use(await startS3Server(host));
  toBucket = stage.use(await startFaultProxy({ host, upstream: s3.url }));
  toUpstream = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  for (const name of NAMES) {
    const plan = {
      seed: `redirects ${name}`,
      layerSizesBytes: [9 * MIB, MIB],
      compression: 'none',
    } as const;
    images.set(name, await pushImage(upstream, `team/${name}`, 'v1', plan));
  }
  const first = await replica();
  for (const name of NAMES) await pullTargets(first, targetsOf(name));
  await until('nothing waits for the bucket', async () => (await waiting(first)) === 0, {
    timeoutMs: 60_000,
  });
  appliance = await replica({ S3_REDIRECT: 'true' });
});

beforeEach(() => {
  toBucket.setRules();
  toBucket.forget();
  toUpstream.forget();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** A replica with a disk of its own. */
function replica(env: Readonly<Record<string, string>> = {}): Promise<Appliance> {
  return stage.appliance(
    { 'reg.test': { url: toUpstream.url } },
    {
      env: {
        ...s3.credentials,
        S3_BUCKET: 'cache',
        S3_ENDPOINT: toBucket.url,
        S3_PATH_STYLE: 'true',
        ...env,
      },
    },
  );
}

const waiting = (one: Appliance) => readMetric(one, 'registry_cache_egress_bucket_queue');

function imageOf(name: Name): Bundle {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
}

const targetsOf = (name: Name) => listTargets('reg.test', `team/${name}`, 'v1', imageOf(name));
const referenceOf = (name: Name) => `${appliance.registry}/reg.test/team/${name}:v1`;

/** The layer that is large enough for a redirect. */
function largeOf(name: Name): Content {
  const large = layersOf(imageOf(name)).find(({ bytes }) => bytes.length > 8 * MIB);
  if (large === undefined) throw new Error(`${name} has no large layer`);
  return large;
}

const pathOf = (name: Name) => `/v2/reg.test/team/${name}/blobs/${largeOf(name).digest}`;
const objectOf = (name: Name) => join(s3.bucketDir, 'blobs/sha256', largeOf(name).digest.slice(7));
const isOnDisk = (name: Name) =>
  access(blobFile(appliance.storeDir, largeOf(name).digest)).then(
    () => true,
    () => false,
  );

/** The large layer came from the bucket, straight to the client. */
async function expectRedirected(name: Name): Promise<void> {
  const signed = { ...SIGNED, method: 'GET' };
  expect(toBucket.count(signed)).toBe(1);
  expect(toBucket.bytes(signed)).toBe(largeOf(name).bytes.length);
  expect(toUpstream.count({ kind: 'blob' })).toBe(0);
  expect(await isOnDisk(name)).toBe(false);
}

it('a client of the API is sent to the bucket for a whole large layer, and for nothing else', async () => {
  await using http = appliance.client();
  const path = pathOf('raw');
  const { length } = largeOf('raw').bytes;
  const head = await http.head(path);
  expect([head.status, head.headers['content-length']]).toEqual([200, String(length)]);
  expect((await http.get(path, { headers: { range: 'bytes=10-19' } })).status).toBe(206);
  const sent = await http.get(path, { headers: { 'x-source': '192.0.2.1' } });
  expect([sent.status, sent.headers['cache-control']]).toEqual([307, 'no-store']);
  const url = new URL(sent.headers.location ?? '');
  await using bucket = createHttpClient({ url: url.origin });
  const blob = await bucket.get(`${url.pathname}${url.search}`);
  expect([blob.status, blob.body.length]).toEqual([200, length]);
  await expectRedirected('raw');
  // It comes back, whatever it says of its address, and gets the layer here.
  const again = await http.get(path, { headers: { 'x-source': '192.0.2.2' } });
  expect([again.status, again.body.length]).toEqual([200, length]);
});

it('podman follows to the bucket', async () => {
  await using podman = await createPodmanClient({ ca: appliance.ca });
  expectSuccess(await podman.pull(referenceOf('podman')));
  await expectRedirected('podman');
});

it('containerd follows to the bucket, as a kubelet asks it', async () => {
  await using machine = await openMachine({ suite: 'sid', hosts: {} });
  await setUpByCache(machine, { appliance }, 'containerd', appliance.registry);
  await startContainerd(machine);
  expectSuccess(await createCriMachineClient(machine).pull(referenceOf('containerd')));
  await expectRedirected('containerd');
});

it('docker follows to the bucket', async () => {
  await using machine = await openMachine({ suite: 'bookworm', hosts: {} });
  await startDocker(machine);
  expectSuccess(await createDockerMachineClient(machine).pull(referenceOf('docker')));
  await expectRedirected('docker');
});

it('a client that cannot use the bucket gets the layer from the cache by its next attempt', async () => {
  toBucket.setRules({ when: SIGNED, do: { respond: { status: 503, body: 'SlowDown' } } });
  await using podman = await createPodmanClient({ ca: appliance.ca });
  await until(
    'the image is pulled',
    async () => (await podman.pull(referenceOf('unreachable'))).exitCode === 0,
    { timeoutMs: 60_000 },
  );
  expect(toBucket.count(SIGNED)).toBe(1);
  expect(toUpstream.count({ kind: 'blob' })).toBe(0);
  expect(await isOnDisk('unreachable')).toBe(true);
});

it('wrong bytes in the bucket are refused by the client, and put right', async () => {
  const { bytes: right } = largeOf('wrong');
  const wrong = Buffer.from(right);
  wrong[0] = (wrong[0] ?? 0) ^ 1;
  await writeFile(objectOf('wrong'), wrong);
  await using podman = await createPodmanClient({ ca: appliance.ca });
  await until(
    'the image is pulled',
    async () => (await podman.pull(referenceOf('wrong'))).exitCode === 0,
    { timeoutMs: 60_000 },
  );
  await until('the bucket has the right bytes', async () =>
    (await readFile(objectOf('wrong'))).equals(right),
  );
});

it('nobody is sent to a bucket that does not answer', async () => {
  toBucket.setRules({ do: { refuse: true } });
  await using podman = await createPodmanClient({ ca: appliance.ca });
  expectSuccess(await podman.pull(referenceOf('gone')));
  expect(toBucket.count(SIGNED)).toBe(0);
  expect(toUpstream.count({ kind: 'blob', reference: largeOf('gone').digest })).toBeGreaterThan(0);
});

it('no log has a URL of the bucket, and the access log tells redirects by their status', async () => {
  const lines = await appliance.accessLog();
  const sent = lines.filter(({ status }) => status === 307);
  expect(sent.map(({ repository, cache }) => [repository, cache])).toContainEqual([
    'team/podman',
    'HIT',
  ]);
  expect(`${JSON.stringify(lines)}${await appliance.logs()}`).not.toMatch(/X-Amz|Signature/i);
  const counted = await readMetric(appliance, 'registry_cache_egress_bucket_redirects_total');
  expect(counted).toBe(sent.length);
});
