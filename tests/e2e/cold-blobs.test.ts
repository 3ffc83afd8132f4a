import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  type RegistryProcess,
  startCdn,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  registry = await stage.upstream();
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  appliance = await stage.appliance({ 'reg.test': faultProxy }, { hosts: { 'bytes.test': host } });
});

afterAll(() => stage[Symbol.asyncDispose]());

function pushLayers(seed: string, ...layerSizesBytes: number[]): Promise<Bundle> {
  return pushImage(registry, 'team/cold', seed, { seed, layerSizesBytes });
}

function blobsOf(image: Bundle): { digest: string; bytes: Buffer; path: string }[] {
  return image.blobs.map(({ digest, bytes }) => ({
    digest,
    bytes,
    path: `/v2/reg.test/team/cold/blobs/${digest}`,
  }));
}

it('a cold blob answers HEAD and Range without a fetch of the whole blob', async () => {
  const image = await pushLayers('parts', 20 * MIB);
  const layer = blobsOf(image).at(-1);
  if (layer === undefined) throw new Error('no layer');
  faultProxy.setRules();
  await using client = appliance.client();
  const head = await client.head(layer.path);
  expect([head.status, head.headers['content-length'], head.headers['x-cache']]).toEqual([
    200,
    String(layer.bytes.length),
    'MISS',
  ]);
  const ranges = [
    ['bytes=5-9', 5, 10],
    [`bytes=${layer.bytes.length - 100}-`, layer.bytes.length - 100, layer.bytes.length],
    ['bytes=-7', layer.bytes.length - 7, layer.bytes.length],
  ] as const;
  for (const [range, start, end] of ranges) {
    const part = await client.get(layer.path, { headers: { range } });
    expect([part.status, part.headers['content-range']]).toEqual([
      206,
      `bytes ${start}-${end - 1}/${layer.bytes.length}`,
    ]);
    expect(part.body.equals(layer.bytes.subarray(start, end))).toBe(true);
  }
  expect(faultProxy.bytes({ reference: layer.digest })).toBeLessThan(MIB);
  // The fourth one starts a fetch of the whole blob.
  const beyond = await client.get(layer.path, { headers: { range: 'bytes=99999999-' } });
  expect(beyond.status).toBe(416);
  // A client that resumes by `bytes=0-` gets the whole blob, and the blob is stored.
  const whole = await client.get(layer.path, { headers: { range: 'bytes=0-' } });
  expect([whole.status, whole.body.equals(layer.bytes)]).toEqual([206, true]);
  expect((await client.head(layer.path)).headers['x-cache']).toBe('HIT');
});

it('a blob of one part needs one exchange with the upstream, and none once it is stored', async () => {
  const image = await pushLayers('exchange', MIB);
  faultProxy.setRules();
  faultProxy.forget();
  await using client = appliance.client();
  for (const cache of ['MISS', 'HIT']) {
    for (const { path, bytes } of blobsOf(image)) {
      const answer = await client.get(path);
      expect([answer.headers['x-cache'], answer.body.equals(bytes)]).toEqual([cache, true]);
    }
  }
  expect(faultProxy.seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
});

it('the layers of a pulled manifest are stored before a client asks for them', async () => {
  const image = await pushLayers('ahead', MIB, MIB, 5 * MIB);
  faultProxy.setRules();
  await using client = appliance.client();
  const accept = image.top.mediaType;
  await client.get('/v2/reg.test/team/cold/manifests/ahead', { headers: { accept } });
  await until('all are here', async () => {
    const caches = await Promise.all(
      blobsOf(image).map(async ({ path }) => (await client.head(path)).headers['x-cache']),
    );
    return caches.every((cache) => cache === 'HIT');
  });
});

it('the parts of a large blob come from the CDN without a request to the registry for each', async () => {
  const host = stage.network.gateway;
  await using cdn = await startCdn({ host, storageDir: registry.storageDir });
  const image = await pushLayers('cdn', 18 * MIB);
  faultProxy.setRules({
    when: { kind: 'blob' },
    do: { redirect: ({ reference }) => cdn.signedUrl(reference, `http://bytes.test:${cdn.port}`) },
  });
  faultProxy.forget();
  const layer = blobsOf(image).at(-1);
  await using client = appliance.client();
  const answer = await client.get(layer?.path ?? '');
  expect(answer.body.equals(layer?.bytes ?? Buffer.alloc(0))).toBe(true);
  expect(faultProxy.count({ reference: layer?.digest ?? '' })).toBe(1);
  expect(cdn.seen.length).toBeGreaterThan(3);
  expect(cdn.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});
