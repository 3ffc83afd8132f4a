import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest } from './tag-requests.ts';

/** Timeouts have their defaults: 30 s to connect, 30 s for an answer. No client waits so long. */
const SOON_MS = 2_000;
const EXPIRED_MS = 1_200;

/** The ways in which an upstream fails. Each returns how the upstream recovers. */
const FAULTS: Readonly<Record<string, (faultProxy: FaultProxy) => Promise<() => unknown>>> = {
  silent: async (faultProxy) => {
    faultProxy.setRules({ do: { silent: true } });
    return () => faultProxy.setRules();
  },
  mute: async (faultProxy) => {
    // Kept connections are cut, so that a new one meets the mute server.
    await faultProxy.pause();
    faultProxy.setConnectionMode('mute');
    await faultProxy.resume();
    return () => faultProxy.setConnectionMode('open');
  },
  down: async (faultProxy) => {
    await faultProxy.pause();
    return () => faultProxy.resume();
  },
  broken: async (faultProxy) => {
    faultProxy.setRules({ do: { respond: { status: 503 } } });
    return () => faultProxy.setRules();
  },
};

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let image: Bundle;
let faultProxies: Map<string, FaultProxy>;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'dead' });
  faultProxies = new Map();
  const host = stage.network.gateway;
  for (const fault of Object.keys(FAULTS)) {
    faultProxies.set(fault, stage.use(await startFaultProxy({ host, upstream: upstream.url })));
  }
  appliance = await stage.appliance(
    Object.fromEntries(
      [...faultProxies].map(([fault, { url }]) => [
        `${fault}.test`,
        { url, tags: { default: '1s' } },
      ]),
    ),
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe.concurrent.each(Object.entries(FAULTS))('an upstream that is %s', (fault, makeFail) => {
  const name = `${fault}.test/team/app:v1`;

  it('makes no client wait for a timeout, is reported, and is used again by itself', async () => {
    const faultProxy = faultProxies.get(fault);
    if (faultProxy === undefined) throw new Error('no such fault proxy');
    await askManifest(appliance, name);
    await sleep(EXPIRED_MS);
    const recover = await makeFail(faultProxy);
    const pull = async () => {
      const answer = await askManifest(appliance, name);
      expect(answer).toMatchObject({ status: 200, cache: 'STALE', digest: image.top.digest });
      return answer.tookMs;
    };
    expect(await pull()).toBeLessThan(SOON_MS);
    const later = [];
    for (let count = 0; count < 20; count += 1) later.push(await pull());
    // The median, because the machine may be busy during one of them.
    expect(later.sort((one, other) => one - other)[10]).toBeLessThan(SOON_MS / 10);

    const cold = await until('what is not here is refused at once', async () => {
      const answer = await askManifest(appliance, `${fault}.test/team/cold:v1`);
      return answer.tookMs < SOON_MS ? answer : undefined;
    });
    expect(cold.status).toBe(503);
    expect(await readUp(`${fault}.test`)).toBe(0);
    await pull();

    await recover();
    await until(
      'it is asked again',
      async () => (await askManifest(appliance, name)).cache === 'MISS',
      { timeoutMs: 45_000 },
    );
    expect(await readUp(`${fault}.test`)).toBe(1);
    const lines = (await appliance.logs())
      .split('\n')
      .filter((line) => line.includes(`"upstream":"${fault}.test"`));
    const said = (text: string) => lines.filter((line) => line.includes(text)).length;
    expect([said('does not answer and is not asked'), said('answers again')]).toEqual([1, 1]);
  });
});

function readUp(upstreamKey: string): Promise<number | undefined> {
  return readMetric(appliance, `registry_cache_egress_upstream_up{upstream="${upstreamKey}"}`);
}
