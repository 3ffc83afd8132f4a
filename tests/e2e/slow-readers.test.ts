import { type Appliance, type Bundle, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPids, readHealth } from './inside.ts';
import {
  addAddresses,
  findInside,
  type Inside,
  lowOpenFiles,
  openSlowReader,
  openStalled,
} from './slow-readers.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startTraffic, type Target } from './traffic.ts';

const MIB = 1024 ** 2;
/** More than all buffers on the way can hold. */
const LAYER_BYTES = 4 * MIB;
const LIMIT = 150;
let stage: Stage;
let image: Bundle;
let addresses: string[];
let path: string;

beforeAll(async () => {
  stage = await openStage();
  addresses = await addAddresses(stage, 200);
});

afterAll(() => stage[Symbol.asyncDispose]());

/** An appliance with a low limit of open files, and with the whole image in its store. */
async function start(
  env: Record<string, string> = {},
  extraArgs: readonly string[] = [],
): Promise<[Appliance, Inside, Target[]]> {
  const upstream = await stage.upstream();
  const plan = { seed: 'stalled', layerSizesBytes: [LAYER_BYTES, 1000] };
  image = await pushImage(upstream, 'team/app', 'v1', plan);
  const [layer] = layersOf(image);
  path = `/v2/reg.test/team/app/blobs/${layer?.digest}`;
  const options = { env, extraArgs: [...lowOpenFiles(), ...extraArgs] };
  const appliance = await stage.appliance({ 'reg.test': upstream }, options);
  const targets = listTargets('reg.test', 'team/app', 'v1', image);
  await pullTargets(appliance, targets);
  // Large downloads would measure this machine rather than the appliance.
  const small = targets.filter((target) => !JSON.stringify(target).includes(layer?.digest ?? ''));
  return [appliance, await findInside(appliance), small];
}

/** The memory of the serving process, in bytes. */
async function measureHaproxy(appliance: Appliance): Promise<number> {
  const pids = await findPids(appliance, 'haproxy-worker');
  const files = pids.map((pid) => `/proc/${pid}/status`);
  const { stdout } = await appliance.exec(['grep', '-h', 'VmRSS', ...files], { user: '0' });
  return Math.max(...[...stdout.matchAll(/(\d+) kB/g)].map(([, kb]) => Number(kb) * 1024));
}

describe('clients that ask for much over h2 and read nothing', () => {
  let appliance: Appliance;
  let inside: Inside;
  let targets: Target[];

  beforeAll(async () => {
    [appliance, inside, targets] = await start();
  });

  it('do not disturb other clients, with the open files that container engines allow', async () => {
    const attackers = await Promise.all(
      addresses.slice(0, 30).map((from) => openStalled(inside, from, path, 100)),
    );
    const begun = () => attackers.flatMap(({ statuses }) => statuses);
    await until('their answers have begun', () => begun().length >= 900, { timeoutMs: 60_000 });
    expect([...new Set(begun())]).toEqual([200]);
    const traffic = startTraffic(appliance, targets);
    await traffic.untilServed(60);
    expect(await traffic.stop()).toEqual([]);
    for (const { close } of attackers) close();
  });

  it('cost the memory of 32 requests for each connection, for any number of requests', async () => {
    const before = await measureHaproxy(appliance);
    const attackers = await Promise.all(
      addresses.slice(0, 6).map((from) => openStalled(inside, from, path, 100)),
    );
    await until('they stall', () => attackers.every(({ statuses }) => statuses.length >= 30));
    expect(attackers.flatMap(({ statuses }) => statuses).length).toBeLessThanOrEqual(6 * 32);
    expect((await measureHaproxy(appliance)) - before).toBeLessThan(6 * 32 * MIB);
    for (const { close } of attackers) close();
  });

  it('are served if they are slow readers at 200 addresses, three at each', async () => {
    const readers = await Promise.all(
      addresses.flatMap((from) => [0, 1, 2].map(() => openSlowReader(inside, from, path))),
    );
    const traffic = startTraffic(appliance, targets);
    await traffic.untilServed(30);
    expect(await traffic.stop()).toEqual([]);
    const found: { status: number; bytes: number }[] = [];
    for (let first = 0; first < readers.length; first += 20) {
      const some = readers.slice(first, first + 20);
      found.push(...(await Promise.all(some.map((reader) => reader.finish()))));
    }
    expect(found).toHaveLength(600);
    expect(new Set(found.map(({ status, bytes }) => `${status} ${bytes}`))).toEqual(
      new Set([`200 ${layersOf(image)[0]?.bytes.length}`]),
    );
  });
});

describe('an address that has used up its requests', () => {
  it('gets 429 in the shape of the protocol, and others are served', async () => {
    const [appliance, inside, targets] = await start({
      MAX_REQUESTS_PER_SOURCE: String(LIMIT),
    });
    const [greedy = ''] = addresses;
    const attackers = await Promise.all(
      Array.from({ length: 6 }, () => openStalled(inside, greedy, path, 32)),
    );
    const begun = () => attackers.flatMap(({ statuses }) => statuses);
    await until('all are answered', () => begun().length === 6 * 32);
    expect(begun().filter((status) => status === 200)).toHaveLength(LIMIT);
    expect(begun().filter((status) => status === 429)).toHaveLength(6 * 32 - LIMIT);
    const refused = await (await openSlowReader(inside, greedy, path)).finish();
    expect(refused.status).toBe(429);
    const traffic = startTraffic(appliance, targets);
    await traffic.untilServed(60);
    expect(await traffic.stop()).toEqual([]);
    for (const { close } of attackers) close();
    await until('it is served again', async () => {
      const reader = await openSlowReader(inside, greedy, path);
      return (await reader.finish()).status === 200;
    });
    const counted = 'registry_cache_edge_noted_total{note="too-many-requests"} ';
    await until('it is counted', async () => {
      const lines = (await readHealth(appliance, '/metrics')).split('\n');
      const line = lines.find((one) => one.startsWith(counted));
      return Number(line?.slice(counted.length)) > 6 * 32 - LIMIT;
    });
  });
});

describe('a container of 512 MiB with a hot lane full of clients that do not read', () => {
  it('makes others wait, and refuses them in time with 503', async () => {
    const [, inside] = await start({}, ['--memory=512m']);
    const [first = '', second = '', other = ''] = addresses;
    // Half of its 128 requests for each address (packages/config/src/render/capacity.ts).
    const attackers = await Promise.all(
      [first, first, second, second].map((from) => openStalled(inside, from, path, 32)),
    );
    await until('it is full', () => attackers.every(({ statuses }) => statuses.length === 32));
    const refused = await (await openSlowReader(inside, other, path)).finish();
    expect(refused.status).toBe(503);
    const waiting = openSlowReader(inside, other, path);
    for (const { close } of attackers) close();
    expect((await (await waiting).finish()).status).toBe(200);
  });
});
