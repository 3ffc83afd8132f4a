import { rename, rm } from 'node:fs/promises';
import { blobDir } from '@registry-cache/domain';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  layersOf,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askHotLane, type HotRequest, socketFolder } from './hot-lane.ts';
import { killProgram } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const REFUSAL = 'bob may not fetch (rule 3: ask ops)';
const NO_FETCH = { 'X-No-Fetch': encodeURIComponent(REFUSAL) };
const VIA_EGRESS = { 'X-Via-Egress': '1' };

let stage: Stage;
let registry: RegistryProcess;
let appliance: Appliance;
let image: Bundle;
let layer: string;

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  image = await pushImage(registry, 'team/app', 'v1', { seed: 'no fetch' });
  await pushImage(registry, 'team/other', 'v1', { seed: 'no fetch, other' });
  layer = layersOf(image)[0]?.digest ?? '';
  appliance = await stage.appliance({ 'reg.test': registry });
});

afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(() => registry.forget());

const manifest = (reference: string) => `/v2/team/app/manifests/${reference}`;
const blob = (digest: string) => `/v2/team/app/blobs/${digest}`;
const pull = () => pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));

function ask(path: string, { headers, ...options }: HotRequest = {}) {
  const sent = { accept: ANY_MANIFEST, ...headers };
  return askHotLane(appliance, 'reg.test', path, { ...options, headers: sent });
}

async function askHere(path: string, { headers, ...options }: HotRequest = {}) {
  return ask(path, { ...options, headers: { ...headers, ...NO_FETCH } });
}

async function expectRefusal(path: string, options: HotRequest = {}) {
  const { status, body } = await askHere(path, options);
  expect(status).toBe(403);
  if (options.method === 'HEAD') return;
  expect(JSON.parse(String(body)).errors).toEqual([
    { code: 'DENIED', message: REFUSAL, detail: null },
  ]);
}

describe('a client that may not fetch', () => {
  it('is refused what is not here, without a request to the registry', async () => {
    const lists = ['/v2/team/app/tags/list', `/v2/team/app/referrers/${image.top.digest}`];
    const paths = [manifest('v1'), manifest(image.top.digest), blob(layer), ...lists];
    for (const path of paths) {
      await expectRefusal(path);
      await expectRefusal(path, { method: 'HEAD' });
    }
    expect(await registry.requests()).toEqual([]);
  });

  it('gets what is here', async () => {
    await pull();
    await registry.forget();
    for (const reference of ['v1', image.top.digest]) {
      const got = await askHere(manifest(reference));
      expect([got.status, got.cache]).toEqual([200, 'HIT']);
      expect(got.body.equals(image.top.bytes)).toBe(true);
      expect((await askHere(manifest(reference), { method: 'HEAD' })).status).toBe(200);
    }
    const whole = await until('the layer is stored', async () => {
      const got = await askHere(blob(layer));
      return got.status === 200 && got;
    });
    expect(whole.cache).toBe('HIT');
    const part = await askHere(blob(layer), { headers: { range: 'bytes=5-9' } });
    expect([part.status, part.body.equals(whole.body.subarray(5, 10))]).toEqual([206, true]);
    const tags = await askHere('/v2/team/app/tags/list');
    expect(JSON.parse(String(tags.body))).toEqual({ name: 'team/app', tags: ['v1'] });
    expect(await registry.requests()).toEqual([]);
  });

  it('is refused what was evicted from an image that is here', async () => {
    await rm(blobDir(appliance.storeDir, layer), { recursive: true });
    await expectRefusal(blob(layer));
    await expectRefusal(blob(layer), { method: 'HEAD' });
    await expectRefusal(blob(layer), { headers: { range: 'bytes=5-9' } });
    await rm(blobDir(appliance.storeDir, image.top.digest), { recursive: true });
    // The links are still here, and so is an engine that would fetch. Another Accept header finds no
    // answer that is repeated.
    const headers = { accept: `${ANY_MANIFEST}, a/b` };
    await expectRefusal(manifest(image.top.digest), { headers });
    await expectRefusal(manifest('v1'), { headers });
    expect(await registry.requests()).toEqual([]);
  });

  it('has no effect on others, and cannot say so itself', async () => {
    await using client = appliance.client();
    for (const headers of [NO_FETCH, VIA_EGRESS, { 'X-Caller': 'bob' }]) {
      const path = '/v2/reg.test/team/other/tags/list';
      expect((await client.get(path, { headers })).status).toBe(200);
    }
    await pull();
  });
});

describe('while egress is away', () => {
  beforeAll(pull);

  const withoutEgress = async (work: () => Promise<void>) => {
    const socket = `${await socketFolder(appliance)}/egress.sock`;
    await rename(socket, `${socket}.away`);
    try {
      await work();
    } finally {
      await rename(`${socket}.away`, socket);
    }
  };
  const fresh = (name: string) => ({ accept: `${ANY_MANIFEST}, a/${name}` });

  it('no engine answers in its place for a client that may not fetch', async () => {
    await withoutEgress(async () => {
      const accept = fresh('away');
      expect((await ask(manifest('v1'), { headers: accept })).cache).toBe('STALE');
      expect((await ask('/v2/team/app/tags/list')).cache).toBe('STALE');
      // That engine asks egress by its port, and so the registry.
      await registry.forget();
      for (const guard of [NO_FETCH, VIA_EGRESS]) {
        const headers = { ...fresh('guarded'), ...guard };
        for (const reference of ['v1', image.top.digest]) {
          expect((await ask(manifest(reference), { headers })).status).toBe(503);
        }
        expect((await ask('/v2/team/app/tags/list', { headers })).status).toBe(503);
      }
      const caller = { 'X-Caller': 'e30' };
      expect((await ask('/v2/team/app/tags/list', { headers: caller })).status).toBe(503);
      // What is on disk needs no other program.
      expect((await askHere(blob(layer))).status).toBe(200);
      expect((await ask(blob(layer), { headers: VIA_EGRESS })).status).toBe(503);
    });
    expect(await registry.requests()).toEqual([]);
  });
});

describe('a request that egress must see', () => {
  it('is answered with what is here, by egress', async () => {
    for (const reference of ['v1', image.top.digest]) {
      const got = await ask(manifest(reference), { headers: VIA_EGRESS });
      expect([got.status, got.cache, got.body.equals(image.top.bytes)]).toEqual([200, 'HIT', true]);
    }
    const whole = await ask(blob(layer), { headers: VIA_EGRESS });
    const part = await ask(blob(layer), { headers: { ...VIA_EGRESS, range: 'bytes=5-9' } });
    expect([whole.status, whole.cache, part.status]).toEqual([200, 'HIT', 206]);
    expect(part.body.equals(whole.body.subarray(5, 10))).toBe(true);
    expect(await registry.requests()).toEqual([]);
  });

  it('is not answered without egress, also where the hot lane could repeat an answer', async () => {
    const paths = [manifest('v1'), manifest(image.top.digest), blob(layer)];
    for (const path of paths) expect((await ask(path)).status).toBe(200);
    await killProgram(appliance, 'egress', 'STOP');
    try {
      for (const path of paths) {
        expect((await ask(path)).status).toBe(200);
        const asked = ask(path, { headers: VIA_EGRESS, timeoutMs: 700 });
        await expect(asked).rejects.toThrow('aborted');
      }
    } finally {
      await killProgram(appliance, 'egress', 'CONT');
    }
  });
});

describe('the catalog', () => {
  const list = async (path: string) => {
    await using client = appliance.client();
    const { status, headers, body } = await client.get(path);
    return { status, link: headers.link, body: JSON.parse(String(body)) };
  };

  it('lists the images that are here, and asks no registry', async () => {
    expect(await list('/v2/_catalog')).toMatchObject({
      status: 200,
      body: { repositories: ['reg.test/team/app'] },
    });
    expect(await registry.requests()).toEqual([]);
  });

  it('of one registry has its repositories, in pages', async () => {
    await using client = appliance.client();
    const headers = { accept: ANY_MANIFEST };
    await client.get('/v2/reg.test/team/other/manifests/v1', { headers });
    const first = await list('/v2/_catalog?ns=reg.test&n=1');
    expect(first.body).toEqual({ repositories: ['team/app'] });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.link)) ?? [];
    expect(next).toBe('/v2/_catalog?ns=reg.test&n=1&last=team%2Fapp');
    expect(await list(next)).toMatchObject({
      link: undefined,
      body: { repositories: ['team/other'] },
    });
    expect((await list('/v2/_catalog?ns=else.test')).status).toBe(404);
  });
});
