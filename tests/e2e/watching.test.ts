import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobFile, METRICS, type MetricSpec } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  createCertificateAuthority,
  type FaultProxy,
  findFreePort,
  layersOf,
  type RegistryProcess,
  runCommand,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killProgram, readHealth } from './inside.ts';
import { startWatchers, type Watchers } from './prometheus.ts';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startTraffic, type Traffic } from './traffic.ts';

const MIB = 1024 * 1024;
/** More lines than the pipe to the logger holds; a long path makes long lines. */
const LINES = 1_500;
const LONG_PATH = `/v2/reg.test/team/${'a'.repeat(240)}/blobs/x${'a'.repeat(600)}`;
const authority = await createCertificateAuthority();
const storeDir = await mkdtemp('/dev/shm/registry-cache-watching-');
const ODD_ENTRY = { 'odd.test': { auth: 'no base64 of a login' } };
let stage: Stage;
let upstream: RegistryProcess;
let ill: FaultProxy;
let appliance: Appliance;
let watchers: Watchers;
let traffic: Traffic;
let image: Bundle;
let good: ReturnType<typeof describeUpstreams>;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'watching' });
  const host = stage.network.gateway;
  ill = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  ill.setRules(withLeft(5));
  good = describeUpstreams({ 'reg.test': upstream, 'ill.test': ill });
  const port = await findFreePort();
  const server = await authority.issue({ names: ['localhost', '127.0.0.1'], days: 5 });
  appliance = await stage.appliance(
    {},
    {
      ...good,
      pullSecret: { auths: { ...good.pullSecret.auths, ...ODD_ENTRY } },
      storeDir,
      tls: { ...server, ca: authority.certificatePem },
      env: { HEALTH_LISTEN: ':8081', CLEANER_MAXSIZE: '30M', CLEANER_RUNEVERY_TIME: '5s' },
      extraArgs: [`--publish=127.0.0.1:${port}:8081`],
    },
  );
  const { stdout } = await appliance.exec(['registry-cache', 'alerts']);
  watchers = await startWatchers(stage, { target: `127.0.0.1:${port}`, rules: shorten(stdout) });
  traffic = startTraffic(appliance, listTargets('reg.test', 'team/app', 'v1', image));
}, 120_000);

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(storeDir, { recursive: true });
});

/** What the upstream says is left of its rate limit, out of 100. */
function withLeft(left: number) {
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': `${left};w=21600` };
  return { do: { setHeaders: headers } };
}

/** The same rules with times that a test can wait for. */
function shorten(rules: string): string {
  return rules
    .replaceAll(/for: \d+[mh]/g, 'for: 3s')
    .replaceAll(/\[\d+[mh]\]/g, '[20s]')
    .replaceAll('> 7200', '> 25');
}

/** Asks for a tag that is not there, so that the upstream is asked. */
async function askIll(): Promise<void> {
  await using client = appliance.client({ trustAnyone: true });
  await client.get(`/v2/ill.test/team/app/manifests/none-${Date.now()}`).catch(() => {});
}

async function pullNew(name: string): Promise<Bundle> {
  const plan = { seed: `watching ${name}`, layerSizesBytes: [6 * MIB] };
  const pulled = await pushImage(upstream, `team/${name}`, 'v1', plan);
  await pullTargets(appliance, listTargets('reg.test', `team/${name}`, 'v1', pulled)).catch(
    () => {},
  );
  return pulled;
}

describe('the metrics of a running appliance', () => {
  it('are those of the table, and none is missing', async () => {
    await traffic.untilServed(5);
    await askIll();
    const page = await readPage();
    const shown = new Set(
      [...page.matchAll(/^# TYPE (registry_cache_\w+)/gm)].map(([, name]) => name),
    );
    const table = Object.entries<MetricSpec>(METRICS);
    expect([...shown].filter((name) => !((name ?? '') in METRICS))).toEqual([]);
    const missing = table.filter(([name, { when }]) => when === undefined && !shown.has(name));
    expect(missing).toEqual([]);
  });

  it('are as promtool wants them', async () => {
    const own = (await readPage()).split('\n').filter((line) => line.includes('registry_cache_'));
    const input = `${own.join('\n')}\n`;
    const { exitCode, stderr } = await runCommand('promtool', ['check', 'metrics'], { input });
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});

async function readPage(): Promise<string> {
  return (await readHealth(appliance, '/metrics')).split('\r\n\r\n').slice(1).join('');
}

it('every query of every panel gives data', async () => {
  const { stdout } = await appliance.exec(['registry-cache', 'dashboard']);
  const { panels } = JSON.parse(stdout) as { panels: { targets?: { expr: string }[] }[] };
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  expect(queries.length).toBeGreaterThan(30);
  await traffic.untilServed(5);
  await until('all panels have data', async () => (await listEmpty(queries)).length === 0, {
    timeoutMs: 60_000,
  }).catch(() => {});
  expect(await listEmpty(queries)).toEqual([]);
}, 90_000);

async function listEmpty(queries: readonly string[]): Promise<string[]> {
  const empty: string[] = [];
  for (const query of queries) {
    const expr = query.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '20s');
    const values = await watchers.query(expr);
    if (!values.some((value) => Number.isFinite(value))) empty.push(query);
  }
  return empty;
}

/** The alerts whose faults are staged here. tests/e2e/alert-rules.test.ts has the others as values. */
const STAGED = [
  'RegistryCacheBlobsDamaged',
  'RegistryCacheCertificateEnds',
  'RegistryCacheConfigurationRefused',
  'RegistryCacheEntriesLeftOut',
  'RegistryCacheEvictsYoung',
  'RegistryCacheFullSoon',
  'RegistryCacheLogLinesDropped',
  'RegistryCacheRateLimitNear',
  'RegistryCacheUpstreamDown',
  'RegistryCacheUpstreamFails',
];

describe('alerts', () => {
  it('fire in their faults', async () => {
    const seen = new Set<string>();
    let isDone = false;
    const faults = causeFaults(() => isDone);
    await until(
      'all alerts have fired',
      async () => {
        for (const name of await watchers.firing()) seen.add(name);
        return STAGED.every((name) => seen.has(name));
      },
      { timeoutMs: 120_000, intervalMs: 500 },
    ).catch(() => {});
    isDone = true;
    await faults;
    expect(STAGED.filter((name) => !seen.has(name))).toEqual([]);
  }, 150_000);

  it('go out after them', async () => {
    await ill.resume();
    ill.setRules(withLeft(90));
    await appliance.writePolicy(good.policyYaml);
    await appliance.writePullSecret(good.pullSecret);
    const renewed = await authority.issue({ names: ['localhost', '127.0.0.1'] });
    await appliance.writeCertificate(renewed.certificatePem + renewed.keyPem);
    const firing = async () => {
      await askIll();
      return watchers.firing();
    };
    await until('no alert fires', async () => (await firing()).length === 0, {
      timeoutMs: 120_000,
      intervalMs: 500,
    }).catch(() => {});
    expect(await firing()).toEqual([]);
  }, 150_000);

  it.each([
    ['RegistryCacheCleanerBehind', 'cleaner'],
    ['RegistryCacheDown', 'egress'],
  ])(
    '%s fires while the program stands still, and goes out',
    async (name, program) => {
      await killProgram(appliance, program, 'STOP');
      const fires = async () => (await watchers.firing()).includes(name);
      try {
        await until(`${name} fires`, fires, { timeoutMs: 90_000, intervalMs: 500 });
      } finally {
        await killProgram(appliance, program, 'CONT');
      }
      await until(`${name} goes out`, async () => !(await fires()), {
        timeoutMs: 90_000,
        intervalMs: 500,
      });
    },
    200_000,
  );
});

async function causeFaults(isDone: () => boolean): Promise<void> {
  await appliance.writePolicy('upstreams: [this is no policy');
  await askIll();
  await dropLogLines();
  const first = await pullNew('first');
  await ill.pause();
  for (let round = 0; !isDone(); round += 1) {
    await askIll();
    if (round % 4 === 0) await pullNew(`round-${round}`);
    const [layer] = layersOf(first);
    if (round === 2) await writeFile(blobFile(storeDir, layer?.digest ?? ''), '').catch(() => {});
    await sleep(500);
  }
}

/** While the logger stands still, the pipe to it fills up. */
async function dropLogLines(): Promise<void> {
  await killProgram(appliance, 'logger', 'STOP');
  await using client = appliance.client({ trustAnyone: true });
  for (let sent = 0; sent < LINES; sent += 1) await client.get(LONG_PATH);
  await killProgram(appliance, 'logger', 'CONT');
}
