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

/** The timeouts are the defaults: 30 s to connect, and for an answer. Nobody waits for either. */
const SOON_MS = 2_000;
const EXPIRED_MS = 1_200;

/** How an upstream can be ill, and how it gets well. */
const ILLNESSES: Readonly<Record<string, (faultProxy: FaultProxy) => Promise<() => unknown>>> = {
  silent: async (faultProxy) => {
    faultProxy.setRules({ do: { silent: true } });
    return () => faultProxy.setRules();
  },
  mute: async (faultProxy) => {
    // Connections that are kept are cut, so that a new one meets the gate.
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
  for (const illness of Object.keys(ILLNESSES)) {
    faultProxies.set(illness, stage.use(await startFaultProxy({ host, upstream: upstream.url })));
  }
  appliance = await stage.appliance(
    Object.fromEntries(
      [...faultProxies].map(([illness, { url }]) => [
        `${illness}.test`,
        { url, tags: { default: '1s' } },
      ]),
    ),
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe.each(Object.entries(ILLNESSES))('an upstream that is %s', (illness, fallIll) => {
  const name = `${illness}.test/team/app:v1`;

  it('costs nobody a timeout, says so, and is back by itself', async () => {
    const faultProxy = faultProxies.get(illness);
    if (faultProxy === undefined) throw new Error('no such fault proxy');
    await askManifest(appliance, name);
    await sleep(EXPIRED_MS);
    const recover = await fallIll(faultProxy);
    const pull = async () => {
      const answer = await askManifest(appliance, name);
      expect(answer).toMatchObject({ status: 200, cache: 'STALE', digest: image.top.digest });
      return answer.tookMs;
    };
    expect(await pull()).toBeLessThan(SOON_MS);
    const later = [];
    for (let count = 0; count < 20; count += 1) later.push(await pull());
    // One of many may meet a busy machine.
    expect(later.sort((one, other) => one - other)[10]).toBeLessThan(SOON_MS / 10);

    const cold = await until('what is not here is refused at once', async () => {
      const answer = await askManifest(appliance, `${illness}.test/team/cold:v1`);
      return answer.tookMs < SOON_MS ? answer : undefined;
    });
    expect(cold.status).toBe(503);
    expect(await readUp(`${illness}.test`)).toBe(0);
    await pull();

    await recover();
    await until(
      'it is asked again',
      async () => (await askManifest(appliance, name)).cache === 'MISS',
      { timeoutMs: 45_000 },
    );
    expect(await readUp(`${illness}.test`)).toBe(1);
    const lines = (await appliance.logs())
      .split('\n')
      .filter((line) => line.includes(`"upstream":"${illness}.test"`));
    const said = (text: string) => lines.filter((line) => line.includes(text)).length;
    expect([said('does not answer and is not asked'), said('answers again')]).toEqual([1, 1]);
  });
});

function readUp(upstreamKey: string): Promise<number | undefined> {
  return readMetric(appliance, `registry_cache_egress_upstream_up{upstream="${upstreamKey}"}`);
}
