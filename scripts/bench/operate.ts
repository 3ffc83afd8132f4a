/** What it costs to look at the cache, and how long its answers take on a large store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ApplianceOptions,
  createHttpClient,
  findFreePort,
  type HttpClient,
  makeImage,
  openNetwork,
  pushBundle,
  runOrThrow,
  startRegistry,
  type TestNetwork,
  until,
} from '@registry-cache/testbed';
import { VERBS } from '../../packages/admin/src/contract/verbs.ts';
import { describeUpstreams } from '../../tests/e2e/stage.ts';
import { alternate } from './lib/alternate.ts';
import { runH2load, runWrk, warm } from './lib/clients.ts';
import { type Contender, startOurs } from './lib/contender.ts';
import { BLOBS_PER_IMAGE, nameImage, writeLargeStore } from './lib/large-store.ts';
import { listProcesses, readPssMb } from './lib/processes.ts';
import type { Row } from './lib/table.ts';
import { startWatchers, type WatchedPlaces } from './lib/watchers.ts';
import { benchWorkers } from './workers.ts';

const SECONDS = 8;
/** Three scrapes. */
const WATCHED_SECONDS = 15;
const IDLE_MS = Number(process.env.BENCH_IDLE_MS ?? 30_000);
const CONNECTIONS = 16;
const BLOBS = 100_000;
const RATE = 0.95;
const ANSWER_MS = 1_000;
const EXPLAIN_MS = 200;
const ADMIN_MB = 30;
const ID = 'reg0.test';

/** The questions, as a page and the commands ask them. Those of later versions are left out here. */
const { repository, tag } = nameImage(4_321);
const IMAGE = `${ID}/${repository}`;
const QUESTIONS: readonly (readonly [verb: string, query: string])[] = [
  ['status', ''],
  ['saved', ''],
  ['trend', '?hours=24'],
  ['upstreams', ''],
  ['fetches', ''],
  ['evictions', ''],
  ['evictions', '?next=100'],
  ['misses', '?limit=100'],
  ['refusals', ''],
  ['pulls', `?image=${encodeURIComponent(IMAGE)}`],
  ['ls', '?limit=50'],
  ['ls', `?pattern=${encodeURIComponent(IMAGE)}`],
  ['ls', '?gone=true'],
  ['explain', `?image=${encodeURIComponent(`${IMAGE}:${tag}`)}`],
  ['pins', ''],
  ['jobs', ''],
  ['check', ''],
];

export async function benchOperate(): Promise<Row[]> {
  await using network = await openNetwork();
  await using upstream = await startRegistry({ host: network.gateway });
  const image = makeImage({ seed: 'bench operate', layerSizesBytes: [8_000_000] });
  await pushBundle(upstream, 'bench/app', 'v1', image);
  const manifest = `bench/app/manifests/${image.top.digest}`;
  const blob = `bench/app/blobs/${image.blobs.at(-1)?.digest}`;
  return [
    ...(await benchWatched(network, upstream.url, manifest, blob)),
    ...(await benchHeaders(network, upstream.url, manifest)),
    ...(await benchAnswers(network, upstream.url)),
    ...(await benchWorkers('log-follow')),
  ];
}

async function startOpen(network: TestNetwork, url: string, more: Partial<ApplianceOptions> = {}) {
  const [adminPort, healthPort] = [await findFreePort(), await findFreePort()];
  const { policyYaml } = describeUpstreams({ [ID]: { url } });
  const contender = await startOurs(network, url, 1, {
    ...more,
    policyYaml: JSON.stringify({ ...JSON.parse(policyYaml), access: { view: ['anonymous'] } }),
    env: { ADMIN_LISTEN: ':8445', HEALTH_LISTEN: ':8081', ...more.env },
    extraArgs: [`--publish=127.0.0.1:${adminPort}:8445`, `--publish=127.0.0.1:${healthPort}:8081`],
  });
  const places: WatchedPlaces = {
    adminUrl: `https://127.0.0.1:${adminPort}`,
    healthUrl: `http://127.0.0.1:${healthPort}`,
  };
  return { contender, places };
}

/** The rate of hot content with all that watches, beside the same appliance unwatched. */
async function benchWatched(
  network: TestNetwork,
  url: string,
  manifest: string,
  blob: string,
): Promise<Row[]> {
  const { contender, places } = await startOpen(network, url);
  await using ours = contender;
  for (const rest of [manifest, blob, manifest, blob]) await warm(ours, ours.path(rest));
  const measure = async (isWatched: boolean) => {
    await using watchers = isWatched ? startWatchers(places) : undefined;
    void watchers;
    const manifests = await runWrk(ours, ours.path(manifest), {
      ...{ seconds: WATCHED_SECONDS, connections: CONNECTIONS, isKept: true },
    });
    const blobs = await runH2load(ours, ours.path(blob), { requests: 800, connections: 8 });
    return {
      manifests: manifests.requests / manifests.wallSeconds,
      blobs: (blobs.requests * 8) / blobs.wallSeconds,
      cpu: (manifests.cpuSeconds * 1000) / manifests.requests,
    };
  };
  const [alone, watched] = await alternate([false, true], measure);
  await sleep(IDLE_MS);
  const row = (work: string, unit: string, figure: 'manifests' | 'blobs' | 'cpu'): Row => ({
    work: `${work} with the page, a scrape each 5 s and the status each second, for those without`,
    unit,
    ours: watched?.[figure] ?? Number.NaN,
    bare: alone?.[figure] ?? Number.NaN,
    aim: figure === 'cpu' ? { atMost: 1 / RATE } : { atLeast: RATE },
  });
  return [
    row('hot manifests', '1/s', 'manifests'),
    row('hot manifests: server CPU, all of the container,', 's/1000', 'cpu'),
    row('hot blobs', 'MB/s', 'blobs'),
    {
      work: 'idle memory of the admin worker, some time after a page was open',
      ...{ unit: 'MB', ours: readAdminMb(ours), ownAim: { atMost: ADMIN_MB } },
    },
  ];
}

function readAdminMb({ pid }: Contender): number {
  const admin = listProcesses(pid).find(({ command }) => command.includes('admin.mjs'));
  return admin === undefined ? Number.NaN : readPssMb(admin.pid);
}

/** What ids of requests, and traces, cost hot manifests: server CPU for each. */
async function benchHeaders(network: TestNetwork, url: string, manifest: string): Promise<Row[]> {
  await using plain = await startOurs(network, url);
  await using bare = await startOurs(network, url);
  await using traced = await startOurs(network, url, 1, {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${network.gateway}:1` },
  });
  await removeHeaderRules(bare);
  const all = [plain, bare, traced];
  for (const one of [...all, ...all]) await warm(one, one.path(manifest));
  const measure = async (one: Contender) => {
    const options = { seconds: SECONDS, connections: CONNECTIONS, isKept: true };
    const { requests, cpuSeconds } = await runWrk(one, one.path(manifest), options);
    return { cpu: (cpuSeconds * 1000) / requests };
  };
  const [own, without, withTraces] = await alternate(all, measure);
  const row = (work: string, ours: number | undefined, other: number | undefined): Row => ({
    ...{ work, unit: 's/1000', ours: ours ?? Number.NaN, bare: other ?? Number.NaN },
  });
  return [
    row(
      'hot manifests: server CPU, for that without X-Request-Id and times to the first byte',
      own?.cpu,
      without?.cpu,
    ),
    row('hot manifests: server CPU with traces, for that without', withTraces?.cpu, own?.cpu),
  ];
}

/**
 * Takes the rules out of the running edge. Nothing else reads the file until inputs change.
 * @throws Error if answers still have an id.
 */
async function removeHeaderRules({ id, url }: Contender): Promise<void> {
  const etc = '/run/registry-cache/etc';
  const rules = ['X-Request-Id', 'var(txn\\.id)', 'arrived_ms', 'first_byte_ms'];
  const script = rules.map((rule) => `/^ *http-.*${rule}/Id`).join(';');
  const inside = (...command: string[]) => runOrThrow('podman', ['exec', id, ...command]);
  await inside('sed', '-i', script, `${etc}/haproxy/haproxy.cfg`);
  const supervisor = ['supervisorctl', '-c', `${etc}/supervisor/supervisord.conf`];
  await inside(...supervisor, 'signal', 'USR2', 'haproxy');
  await until('the edge gives no more ids', async () => {
    const head = await runOrThrow('curl', ['-sSkI', `${url}/v2/`]);
    return !/^x-request-id:/im.test(head);
  });
}

/** How long each answer takes on a large store, and what the admin worker holds after all. */
async function benchAnswers(network: TestNetwork, url: string): Promise<Row[]> {
  const storeDir = await mkdtemp('/dev/shm/registry-cache-bench-');
  try {
    process.stderr.write(`writing a store of ${BLOBS} blobs\n`);
    writeLargeStore(storeDir, ID, BLOBS / BLOBS_PER_IMAGE);
    const env = { CLEANER_MAXSIZE: '1T' };
    const { contender, places } = await startOpen(network, url, { storeDir, env });
    await using ours = contender;
    await using client = createHttpClient({ url: places.adminUrl, trustAnyone: true });
    const rows = await timeAnswers(client);
    const work = 'memory of the admin worker right after these answers';
    return [...rows, { work, unit: 'MB', ours: readAdminMb(ours) }];
  } finally {
    await rm(storeDir, { recursive: true });
  }
}

async function timeAnswers(client: HttpClient): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [verb, query] of QUESTIONS) {
    if (!(verb in VERBS)) continue;
    const measure = async () => {
      const startedMs = performance.now();
      const { status } = await client.get(`/api/v1/${verb}${query}`);
      const ms = performance.now() - startedMs;
      // A version without this input refuses it.
      return { ms: status === 200 ? ms : Number.NaN };
    };
    const [found] = await alternate([undefined], measure);
    if (found === undefined || Number.isNaN(found.ms)) continue;
    const aim = { atMost: verb === 'explain' ? EXPLAIN_MS : ANSWER_MS };
    rows.push({
      work: `\`${verb}${query.replace(/=.*$/, '')}\` on a store of ${BLOBS} blobs`,
      ...{ unit: 'ms', ours: found.ms, ownAim: aim },
    });
  }
  return rows;
}
