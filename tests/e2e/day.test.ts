import { mkdtemp, rm } from 'node:fs/promises';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  type FaultProxy,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DayOracle, openDayOracle } from './day-oracle.ts';
import { readHealth } from './inside.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { listTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const UPSTREAMS = ['good.test', 'ill.test'] as const;
/** In memory: on a shared disk, space that others free can hide growth. */
const storeDir = await mkdtemp('/dev/shm/registry-cache-day-');
let stage: Stage;
let ill: FaultProxy;
let appliance: Appliance;
let oracle: DayOracle;
const images = new Map<string, Bundle>();

interface Numbers {
  readonly requests: number;
  readonly savedRequests: number;
  readonly servedBytes: number;
  readonly savedBytes: number;
}

/** The verb has no command of its own: the page draws it. */
const ASK_TREND = `
require('node:http').get(
  { socketPath: '/run/registry-cache/sock/admin.sock', path: '/api/v1/trend?hours=3' },
  (answer) => answer.pipe(process.stdout),
)`;

/** A day: pulls, cold and hot, of two upstreams; faults; refusals; and evictions at its end. */
beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  ill = stage.use(await startFaultProxy({ host: stage.network.gateway, upstream: upstream.url }));
  for (const name of ['app', 'base', 'more', 'hidden', 'large']) {
    const layerSizesBytes = [name === 'large' ? 9 * MIB : 5 * MIB];
    images.set(
      name,
      await pushImage(upstream, `team/${name}`, 'v1', { seed: name, layerSizesBytes }),
    );
  }
  const described = describeUpstreams({ 'good.test': upstream, 'ill.test': ill });
  appliance = await stage.appliance(
    {},
    {
      ...described,
      policyYaml: JSON.stringify({
        ...JSON.parse(described.policyYaml),
        access: {
          default: ['pull', 'fetch'],
          rules: [{ images: ['good.test/team/hidden'], deny: ['pull'], because: 'it is hidden' }],
        },
      }),
      storeDir,
      env: {
        CLEANER_MAXSIZE: '17M',
        CLEANER_THRESHOLD_PERCENTAGE: '10',
        CLEANER_RUNEVERY_TIME: '24h',
        PREFETCH: 'off',
        MANIFEST_CACHE_DEFAULT_TIME: '1s',
      },
    },
  );
  oracle = openDayOracle(appliance);
  await pull('good.test', 'app');
  await pull('good.test', 'app');
  await pull('ill.test', 'base');
  await pull('good.test', 'more');
  await oracle.get('/v2/good.test/team/app/tags/list');
  for (let count = 0; count < 3; count += 1) {
    await oracle.get('/v2/good.test/team/hidden/manifests/v1');
    await oracle.get(`/v2/good.test/team/none-${count}/manifests/v1`);
    await oracle.get('/v2/good.test/TEAM/manifests/v1');
  }
  ill.setRules({ do: { respond: { status: 500, body: 'no' } } });
  await oracle.get('/v2/ill.test/team/other/manifests/v1');
  await pull('ill.test', 'base');
  await ill.pause();
  await oracle.get('/v2/ill.test/team/another/manifests/v1');
  await pull('ill.test', 'base');
  await until('room for the last image can be had', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'prune', '--dry-run', '--to=11M']);
    return /[1-9] would be removed/.test(stdout);
  });
  await pull('good.test', 'large');
}, 180_000);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(storeDir, { recursive: true });
});

/** Pulls an image whole, by whatever answers come. */
async function pull(upstream: string, name: string): Promise<void> {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  for (const { path } of listTargets(upstream, `team/${name}`, 'v1', image)) {
    await oracle.get(path, { accept: ANY_MANIFEST });
  }
}

async function ask<T>(...argv: readonly string[]): Promise<T> {
  const { stdout } = await appliance.exec(['registry-cache', ...argv, '--json']);
  return JSON.parse(stdout) as T;
}

/** The log is written when a request has ended, some time after its client has read it all. */
async function untilCounted(): Promise<void> {
  const wanted = UPSTREAMS.map((upstream) => oracle.countsOf(upstream));
  await until('every answer is counted', async () => {
    const { periods } = await ask<{ periods: Numbers[] }>('saved');
    const metrics = await Promise.all(UPSTREAMS.map(readAnswers));
    return (
      periods[1]?.requests === oracle.requests && JSON.stringify(metrics) === JSON.stringify(wanted)
    );
  }).catch(() => undefined);
}

/** `registry_cache_answers_total` of an upstream, by kind and outcome, in the order of the oracle. */
async function readAnswers(upstream: string): Promise<Record<string, number>> {
  const found = await readValues('registry_cache_answers_total', upstream);
  const order = Object.keys(oracle.countsOf(upstream));
  return Object.fromEntries(
    [...found]
      .filter(([, value]) => value > 0)
      .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other)),
  );
}

async function readValues(metric: string, upstream: string): Promise<Map<string, number>> {
  const page = await readHealth(appliance, '/metrics');
  const values = new Map<string, number>();
  for (const [, labels = '', value] of page.matchAll(
    new RegExp(`^${metric}\\{(.*)\\} (\\S+)$`, 'gm'),
  )) {
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    if (label('upstream') !== upstream) continue;
    values.set(`${label('kind')} ${label('outcome')}`, Number(value));
  }
  return values;
}

describe('of a day that the test has counted by itself', () => {
  beforeAll(untilCounted, 60_000);

  it('had hits, misses, stale answers, refusals, failures and what was absent', () => {
    expect(oracle.countsOf('good.test')).toMatchObject({
      'manifest hit': expect.any(Number),
      'manifest miss': expect.any(Number),
      'manifest absent': 3,
      'manifest refused': 3,
      'manifest invalid': 3,
      'blob hit': expect.any(Number),
      'blob miss': expect.any(Number),
    });
    expect(oracle.countsOf('ill.test')).toMatchObject({
      'manifest stale': expect.any(Number),
      'manifest failed': 2,
      'blob hit': expect.any(Number),
    });
  });

  it.each(UPSTREAMS)('/metrics has each answer of %s, and no other', async (upstream) => {
    const { 'manifest invalid': invalid, ...wanted } = oracle.countsOf(upstream);
    const {
      'manifest invalid': found,
      'other invalid': other,
      ...answers
    } = await readAnswers(upstream);
    expect(answers).toEqual(wanted);
    // What is no path of the protocol has no kind yet when it is refused.
    expect((found ?? 0) + (other ?? 0)).toBe(invalid ?? 0);
  });

  it('`saved` and `status` have its requests and bytes, and both agree with /metrics', async () => {
    const { periods } = await ask<{ periods: Numbers[] }>('saved');
    const { saved } = await ask<{ saved: { hour: Numbers; day: Numbers } }>('status');
    for (const numbers of [...periods, saved.hour, saved.day]) {
      expect(numbers).toMatchObject({
        requests: oracle.requests,
        savedRequests: oracle.savedRequests,
      });
      expect(oracle.mayBe(numbers.servedBytes, 'served')).toBe(true);
      expect(oracle.mayBe(numbers.savedBytes, 'saved')).toBe(true);
    }
    const bytes = await Promise.all(
      UPSTREAMS.map((upstream) => readValues('registry_cache_served_bytes_total', upstream)),
    );
    const sum = (...outcomes: string[]) =>
      bytes
        .flatMap((values) => [...values])
        .filter(([key]) => outcomes.includes(key.split(' ')[1] ?? ''))
        .reduce((total, [, value]) => total + value, 0);
    expect(periods[1]?.servedBytes).toBe(sum('hit', 'miss', 'stale'));
    expect(periods[1]?.savedBytes).toBe(sum('hit', 'stale'));
  });

  it('`trend` has the same sum over its hours', async () => {
    const answer = await appliance.exec(['node', '--eval', ASK_TREND]);
    const { points } = JSON.parse(answer.stdout) as {
      points: (Numbers & { hits: number; misses: number; stale: number })[];
    };
    const sum = (part: (point: (typeof points)[number]) => number) =>
      points.reduce((total, point) => total + part(point), 0);
    expect(sum(({ requests }) => requests)).toBe(oracle.requests);
    expect(sum(({ hits, stale }) => hits + stale)).toBe(oracle.savedRequests);
  });

  it('`refusals` has each refusal, with its rule', async () => {
    const { refusals } = await ask<{ refusals: { image: string; count: number; rule: number }[] }>(
      'refusals',
    );
    expect(refusals.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    for (const refusal of refusals) {
      expect(refusal).toMatchObject({ image: 'good.test/team/hidden:v1', rule: 1 });
    }
  });

  it('`upstreams` and `status` call the same upstream down', async () => {
    const { upstreams } = await ask<{ upstreams: { name: string; state: string }[] }>('upstreams');
    const down = upstreams.filter(({ state }) => state === 'down').map(({ name }) => name);
    expect(down).toEqual(['ill.test']);
    const { problems } = await ask<{ problems: { code: string; message: string }[] }>('status');
    expect(problems).toContainEqual({
      code: 'upstream-down',
      message: expect.stringContaining('ill.test'),
    });
  });

  it('`evictions` has those that /metrics counts', async () => {
    const { blobs, bytes } = await ask<{ blobs: number; bytes: number }>('evictions');
    const page = await readHealth(appliance, '/metrics');
    const sum = (metric: string) =>
      [...page.matchAll(new RegExp(`^${metric}\\{.*\\} (\\S+)$`, 'gm'))].reduce(
        (total, [, value]) => total + Number(value),
        0,
      );
    expect(blobs).toBeGreaterThan(0);
    expect(blobs).toBe(sum('registry_cache_evicted_blobs_total'));
    expect(bytes).toBe(sum('registry_cache_evicted_bytes_total'));
  });
});
