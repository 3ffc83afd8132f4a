import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Appliance,
  type Bundle,
  type FaultProxy,
  type FaultRule,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readHealth } from './inside.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';

const MIB = 1024 * 1024;
/** Each test has its own images, because the images of earlier tests are stored. */
const NAMES = ['connections', 'bytes', 'starving', 'all-1', 'all-2', 'late'] as const;
let stage: Stage;
let reg: FaultProxy;
let other: FaultProxy;
let appliance: Appliance;
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  const registry = await stage.upstream();
  for (const name of NAMES) {
    const layerSizesBytes = name === 'bytes' ? [4 * MIB] : new Array<number>(12).fill(65_536);
    images.set(name, await pushImage(registry, name, 'v1', { seed: name, layerSizesBytes }));
  }
  const host = stage.network.gateway;
  reg = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  other = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  appliance = await stage.appliance(
    { 'reg.test': reg, 'other.test': other },
    { env: { EGRESS_MAX_CONNECTIONS: '5' } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

afterEach(() => {
  for (const faultProxy of [reg, other]) {
    faultProxy.setRules();
    faultProxy.forget();
  }
});

const layersOf = (name: string) =>
  images
    .get(name)
    ?.blobs.slice(1)
    .map(({ digest }) => digest) ?? [];

/** Sends a HEAD for every layer at once. Each costs the upstream one small request. */
async function headAll(upstream: string, name: string): Promise<number[]> {
  await using client = appliance.client();
  const paths = layersOf(name).map((digest) => `/v2/${upstream}/${name}/blobs/${digest}`);
  const answers = await Promise.all(paths.map((path) => client.head(path)));
  return answers.map(({ status }) => status);
}

/** The most requests that were open at one time while `work` ran. */
async function countOpen(
  faultProxies: readonly FaultProxy[],
  work: () => Promise<unknown>,
): Promise<number> {
  let most = 0;
  const look = setInterval(() => {
    const open = faultProxies.flatMap(({ seen }) => seen.filter(({ end }) => end === 'open'));
    most = Math.max(most, open.length);
  }, 5);
  await work();
  clearInterval(look);
  return most;
}

/** Changes the limits of reg.test in the running appliance, and waits until egress has read them. */
async function setLimits(limits: object | undefined): Promise<void> {
  const upstreams = { 'reg.test': { ...reg, ...(limits && { limits }) }, 'other.test': other };
  const reads = async () => (await appliance.logs()).split('"options"').length;
  const before = await reads();
  await appliance.writePolicy(describeUpstreams(upstreams).policyYaml);
  await using client = appliance.client();
  // Egress looks for new options at its next request.
  await until(
    'egress has read the limits',
    async () => {
      await client.head('/v2/reg.test/nothing/manifests/v1');
      return (await reads()) > before;
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  );
  reg.forget();
}

const SLOW: FaultRule = { do: { delayMs: 150 } };

it('egress has at most EGRESS_MAX_CONNECTIONS requests to all upstreams at a time', async () => {
  reg.setRules(SLOW);
  other.setRules(SLOW);
  const most = await countOpen([reg, other], async () => {
    const statuses = await Promise.all([
      headAll('reg.test', 'all-1'),
      headAll('other.test', 'all-2'),
    ]);
    expect(new Set(statuses.flat())).toEqual(new Set([200]));
  });
  expect(most).toBeGreaterThan(3);
  expect(most).toBeLessThanOrEqual(5);
});

it('egress has as many requests to one upstream at a time as the changed policy allows', async () => {
  await setLimits({ connections: 2 });
  reg.setRules(SLOW);
  const most = await countOpen([reg], () => headAll('reg.test', 'connections'));
  expect(most).toBe(2);
});

it('a manifest never waits for large bodies', async () => {
  await setLimits({ connections: 3 });
  // Each has 64 KiB and takes some 6 seconds, one after the other.
  reg.setRules({ when: { kind: 'blob', method: 'GET' }, do: { bytesPerSecond: 10_000 } });
  const gone = new AbortController();
  await using client = appliance.client();
  const pulls = layersOf('starving').map((digest) =>
    client.get(`/v2/reg.test/starving/blobs/${digest}`, { signal: gone.signal }).catch(() => 0),
  );
  await until('a body is on its way', () => reg.bytes({ kind: 'blob', method: 'GET' }) > 0);
  const metrics = await readHealth(appliance, '/metrics');
  expect(metrics).toMatch(
    /^registry_cache_egress_exchanges_running\{upstream="reg\.test"\} [12]\b/m,
  );
  expect(metrics).toMatch(
    /^registry_cache_egress_exchanges_waiting\{upstream="reg\.test"\} [1-9]/m,
  );
  const { status } = await client.get('/v2/reg.test/late/manifests/v1');
  expect(status).toBe(200);
  expect(reg.count({ kind: 'blob', method: 'GET' })).toBeLessThanOrEqual(2);
  gone.abort();
  await Promise.all(pulls);
});

it('egress sends one upstream as many requests a second as its policy allows', async () => {
  await setLimits({ requestsPerSecond: 4 });
  await sleep(1_100);
  const startedMs = performance.now();
  expect(new Set(await headAll('reg.test', 'late'))).toEqual(new Set([200]));
  // Four at once, and the other eight at four a second.
  expect(performance.now() - startedMs).toBeGreaterThan(1_900);
});

it('egress fetches as many bytes a second as the policy allows', async () => {
  await setLimits({ bytesPerSecond: '2M' });
  await using client = appliance.client();
  const startedMs = performance.now();
  const [digest] = layersOf('bytes');
  const { body } = await client.get(`/v2/reg.test/bytes/blobs/${digest}`);
  expect(body.length).toBeGreaterThan(4 * MIB);
  expect(performance.now() - startedMs).toBeGreaterThan(1_700);
});
