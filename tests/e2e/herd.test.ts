import { readdir } from 'node:fs/promises';
import { egressDir } from '@registry-cache/domain';
import {
  type Appliance,
  type Content,
  digestOf,
  type FaultProxy,
  layersOf,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';
import { startSlowDownload } from './traffic.ts';

const MIB = 1024 * 1024;
const CLIENTS = 30;
const RATE = 4 * MIB;
let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  registry = await stage.upstream();
  faultProxy = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  // Only the requested layers are to be fetched.
  appliance = await stage.appliance({ 'reg.test': faultProxy }, { env: { PREFETCH: 'off' } });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function pushLayer(seed: string, sizeBytes: number): Promise<Content> {
  const image = await pushImage(registry, 'team/herd', seed, {
    seed,
    layerSizesBytes: [sizeBytes],
    compression: 'none',
  });
  const layer = layersOf(image)[0];
  if (layer === undefined) throw new Error('the image has no layer');
  return layer;
}

function pathOf(layer: Content): string {
  return `/v2/reg.test/team/herd/blobs/${layer.digest}`;
}

/** Milliseconds to the first byte, and the digest of the whole body. */
async function download(layer: Content): Promise<{ firstMs: number; digest: string }> {
  const startedAt = performance.now();
  const answer = await startSlowDownload(appliance, pathOf(layer));
  const firstMs = performance.now() - startedAt;
  return { firstMs, digest: (await answer.finish()).digest };
}

it('a herd of clients costs the upstream one fetch, and all of them read while it runs', async () => {
  const layer = await pushLayer('herd', 12 * MIB);
  faultProxy.setRules({
    when: { kind: 'blob' },
    do: [{ delayMs: 50 }, { bytesPerSecond: RATE, share: 'all' }],
  });
  const matcher = { kind: 'blob', reference: layer.digest } as const;
  const startedAt = performance.now();
  const got = await Promise.all(Array.from({ length: CLIENTS }, () => download(layer)));
  const tookMs = performance.now() - startedAt;
  expect(got.map(({ digest }) => digest)).toEqual(got.map(() => layer.digest));
  expect(faultProxy.bytes(matcher)).toBe(layer.bytes.length);
  // No client waited for the whole blob, which takes three seconds at this rate.
  expect(Math.max(...got.map(({ firstMs }) => firstMs))).toBeLessThan(tookMs / 2);
  const asked = faultProxy.count(matcher);
  expect((await download(layer)).digest).toBe(layer.digest);
  expect(faultProxy.count(matcher)).toBe(asked);
});

it('slow clients and clients that leave do not slow the others down', async () => {
  const layer = await pushLayer('slow', 48 * MIB);
  faultProxy.setRules();
  const path = pathOf(layer);
  const slow = await startSlowDownload(appliance, path);
  await using leaving = appliance.client();
  await expect(leaving.get(path, { signal: AbortSignal.timeout(20) })).rejects.toThrow();
  expect((await download(layer)).digest).toBe(layer.digest);
  expect(slow.isRunning).toBe(true);
  expect(await slow.finish()).toEqual({ digest: layer.digest, isWhole: true });
  expect(faultProxy.bytes({ reference: layer.digest })).toBe(layer.bytes.length);
});

it('a fetch goes on when every client has left, and a client that resumes joins it', async () => {
  const layer = await pushLayer('left', 8 * MIB);
  faultProxy.setRules({ when: { kind: 'blob' }, do: { bytesPerSecond: RATE, share: 'all' } });
  const path = pathOf(layer);
  await using client = appliance.client();
  await expect(client.get(path, { signal: AbortSignal.timeout(500) })).rejects.toThrow();
  const rest = await client.get(path, { headers: { range: `bytes=${MIB}-` } });
  expect(rest.status).toBe(206);
  expect(digestOf(Buffer.concat([layer.bytes.subarray(0, MIB), rest.body]))).toBe(layer.digest);
  await until('it is in the store', async () => {
    const { headers } = await client.head(path);
    return headers['x-cache'] === 'HIT';
  });
  expect(faultProxy.bytes({ reference: layer.digest })).toBe(layer.bytes.length);
  expect(await readdir(egressDir(appliance.storeDir))).toEqual([]);
});
