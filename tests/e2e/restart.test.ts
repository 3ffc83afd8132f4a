import { performance } from 'node:perf_hooks';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSockets, readExitCode } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startSlowDownload, type Target } from './traffic.ts';

const MIB = 1024 * 1024;
const NAMES = Array.from({ length: 10 }, (_, index) => `silent-${index}.test`);
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let faultProxies: FaultProxy[];
let image: Bundle;
let large: Bundle;
/** Requests to all upstreams, by digest and by tag. */
let byDigest: Target[];
let byTag: Target[];

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'restart' });
  large = await pushImage(upstream, 'team/large', 'v1', {
    seed: 'restart, large',
    layerSizesBytes: [32 * MIB],
  });
  const host = stage.network.gateway;
  faultProxies = [];
  for (const _ of NAMES) {
    faultProxies.push(stage.use(await startFaultProxy({ host, upstream: upstream.url })));
  }
  appliance = await stage.appliance(
    Object.fromEntries(faultProxies.map((faultProxy, index) => [NAMES[index] ?? '', faultProxy])),
    { env: { EGRESS_HEADERS_TIMEOUT: '3s' } },
  );
  const targets = NAMES.flatMap((name) => listTargets(name, 'team/app', 'v1', image));
  byTag = targets.filter(({ path }) => path.endsWith('/v1'));
  byDigest = targets.filter((target) => !byTag.includes(target));
  await pullTargets(appliance, targets);
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a restart', () => {
  it('serves stored content while every upstream refuses connections', async () => {
    for (const faultProxy of faultProxies) await faultProxy.pause();
    await appliance.restart();
    await pullTargets(appliance, [...byDigest, ...byTag]);
  });

  it('serves stored content while ten upstreams accept connections and stay silent', async () => {
    for (const faultProxy of faultProxies) {
      faultProxy.setConnectionMode('mute');
      await faultProxy.resume();
    }
    await appliance.stop();
    expect([0, 143]).toContain(await readExitCode(appliance));
    const startedMs = performance.now();
    await appliance.start();
    const servingMs = performance.now() - startedMs;
    await pullTargets(appliance, byDigest);
    const pulledMs = performance.now() - startedMs;
    console.log(
      `ten silent upstreams: serving ${Math.round(servingMs)} ms after the start, ` +
        `ten images pulled by digest after ${Math.round(pulledMs)} ms`,
    );
    // Egress asks for a tag first. Without an answer it serves the stored digest.
    await Promise.all(byTag.map((target) => pullTargets(appliance, [target])));
    const engines = (await listSockets(appliance)).filter((line) => line.startsWith('engine-'));
    expect(engines).toEqual(NAMES.map((name) => `engine-${name}.sock accepts`));
  });

  it('fetches new content once the upstreams are back', async () => {
    for (const faultProxy of faultProxies) faultProxy.setConnectionMode('open');
    const next = await pushImage(upstream, 'team/next', 'v1', { seed: 'next' });
    const fresh = listTargets(NAMES[0] ?? '', 'team/next', 'v1', next);
    await until('a new image comes', () => pullTargets(appliance, fresh));
  });
});

describe('podman stop', () => {
  it.each([
    { what: 'from the store', name: NAMES[1] ?? '', isHot: true },
    { what: 'from an upstream', name: NAMES[2] ?? '', isHot: false },
  ])(
    'ends cleanly, and a download $what never looks complete when it is cut',
    async ({ name, isHot }) => {
      const all = listTargets(name, 'team/large', 'v1', large);
      if (isHot) await pullTargets(appliance, all);
      const layer = all.at(-1) ?? { path: '', digest: '' };
      const download = await startSlowDownload(appliance, layer.path);
      await appliance.stop();
      expect([0, 143]).toContain(await readExitCode(appliance));
      const { isWhole, digest } = await download.finish();
      expect(isWhole).toBe(digest === layer.digest);
      expect(isWhole).toBe(false);
      await appliance.start();
      await pullTargets(appliance, all);
    },
  );
});
