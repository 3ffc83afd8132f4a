import {
  type Appliance,
  type Bundle,
  createPodmanClient,
  createSkopeoClient,
  layersOf,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, pushImage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', {
    seed: 'pull',
    layerSizesBytes: [3 * MIB, MIB],
  });
  await pushImage(upstream, 'team/app', 'v2', { seed: 'other' });
  appliance = await stage.appliance({ 'reg.test:5000': upstream });
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a pull through the appliance', () => {
  it('is fetched the first time, and served with the upstream stopped the second', async () => {
    await using podman = await createPodmanClient({ ca: appliance.ca });
    const reference = `${appliance.registry}/reg.test_5000/team/app:v1`;
    expect(await podman.pull(reference)).toMatchObject({ exitCode: 0 });
    await podman.removeImages();
    await upstream.stop();
    try {
      expect(await podman.pull(reference)).toMatchObject({ exitCode: 0 });
    } finally {
      await upstream.start();
    }
    const layers = new Set(layersOf(image).map(({ digest }) => digest));
    const records = (await appliance.accessLog()).filter(({ digest }) => layers.has(digest));
    // Prefetch may have stored the first two before podman asks.
    expect(records.map(({ cache }) => cache)).toEqual([
      expect.stringMatching(/^(MISS|HIT)$/),
      expect.stringMatching(/^(MISS|HIT)$/),
      'HIT',
      'HIT',
    ]);
    expect(records[0]).toMatchObject({
      upstream: 'reg.test_5000',
      repository: 'team/app',
      kind: 'blob',
      method: 'GET',
      status: 200,
    });
  });

  it('serves skopeo inspect, copy and list-tags', async () => {
    await using skopeo = await createSkopeoClient({ ca: appliance.ca });
    const repository = `${appliance.registry}/reg.test_5000/team/app`;
    const inspected = await skopeo.inspect(`${repository}:v1`);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: image.top.digest });
    expect(await skopeo.copy(`${repository}:v1`)).toMatchObject({ exitCode: 0 });
    const listed = await skopeo.listTags(repository);
    expect(JSON.parse(listed.stdout)).toMatchObject({ Tags: ['v1', 'v2'] });
  });

  it('works under the unescaped form of a key with a port', async () => {
    await using client = appliance.client();
    const answer = await client.get('/v2/reg.test:5000/team/app/tags/list');
    expect(answer.json()).toEqual({ name: 'team/app', tags: ['v1', 'v2'] });
  });

  it.each([false, true])('answers the protocol in full (h2: %s)', async (http2) => {
    await using client = appliance.client({ http2 });
    const base = '/v2/reg.test_5000/team/app';
    const layer = layersOf(image)[0];
    if (layer === undefined) throw new Error('the image has no layer');
    const ping = await client.get('/v2/');
    expect(ping.status).toBe(200);
    expect(ping.headers['docker-distribution-api-version']).toBe('registry/2.0');

    const whole = await client.get(`${base}/blobs/${layer.digest}`);
    expect(whole.status).toBe(200);
    expect(whole.body.equals(layer.bytes)).toBe(true);
    expect(whole.headers).toMatchObject({
      'docker-content-digest': layer.digest,
      'content-length': String(layer.bytes.length),
      etag: `"${layer.digest}"`,
      'x-cache': 'HIT',
    });
    const head = await client.head(`${base}/blobs/${layer.digest}`);
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(String(layer.bytes.length));
    const range = await client.get(`${base}/blobs/${layer.digest}`, {
      headers: { range: 'bytes=1000-1999' },
    });
    expect(range.status).toBe(206);
    expect(range.headers['content-range']).toBe(`bytes 1000-1999/${layer.bytes.length}`);
    expect(range.body.equals(layer.bytes.subarray(1000, 2000))).toBe(true);
    const fresh = await client.get(`${base}/blobs/${layer.digest}`, {
      headers: { 'if-none-match': `"${layer.digest}"` },
    });
    expect(fresh.status).toBe(304);
  });

  it('keeps several Accept lines apart', async () => {
    await using client = appliance.client();
    const answer = await client.get('/v2/reg.test_5000/team/app/manifests/v1', {
      headers: {
        accept: [
          'application/vnd.docker.distribution.manifest.v2+json',
          'application/vnd.oci.image.manifest.v1+json',
        ],
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['docker-content-digest']).toBe(image.top.digest);
  });

  it('answers HEAD and Range for a cold blob without a fetch of the whole blob', async () => {
    const cold = await pushImage(upstream, 'team/cold', 'v1', {
      seed: 'cold',
      layerSizesBytes: [8 * MIB],
    });
    const digest = layersOf(cold)[0]?.digest ?? '';
    await upstream.forget();
    await using client = appliance.client();
    const path = `/v2/reg.test_5000/team/cold/blobs/${digest}`;
    const head = await client.head(path);
    expect(head.status).toBe(200);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(8 * MIB);
    const range = await client.get(path, { headers: { range: 'bytes=5-9' } });
    expect(range.status).toBe(206);
    expect(range.body).toHaveLength(5);
    const requests = await upstream.requests();
    expect(requests.filter(({ method, status }) => method === 'GET' && status === 200)).toEqual([]);
  });
});
