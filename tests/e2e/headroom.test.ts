import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { blobFile, blobsDir, egressDir } from '@registry-cache/domain';
import { type Appliance, type Bundle, type RegistryProcess, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const MIB = 1024 * 1024;
const LAYER_BYTES = 3 * MIB;
const IMAGES = 24;
let stage: Stage;
let upstream: RegistryProcess;
const images: Bundle[] = [];

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  for (let index = 0; index < IMAGES; index += 1) {
    const plan = { seed: `room ${index}`, layerSizesBytes: [LAYER_BYTES] };
    images.push(await pushImage(upstream, `team/app-${index}`, 'v1', plan));
  }
}, 120_000);

afterAll(() => stage[Symbol.asyncDispose]());

const targetsOf = (index: number) => {
  const image = images[index];
  if (image === undefined) throw new Error(`no image ${index}`);
  return listTargets('reg.test', `team/app-${index}`, 'v1', image);
};

/** Pulls all of these images, several at a time, each on its own connection. */
async function pullMany(appliance: Appliance, indexes: readonly number[]): Promise<void> {
  const rest = [...indexes];
  const worker = async () => {
    for (let index = rest.shift(); index !== undefined; index = rest.shift()) {
      await pullTargets(appliance, targetsOf(index));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** Samples until the work is done. */
async function sampleWhile<T>(work: Promise<unknown>, sample: () => Promise<T>): Promise<T[]> {
  const samples: T[] = [];
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) {
    samples.push(await sample());
    await sleep(20);
  }
  await ended;
  return samples;
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.size;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.filter((_, index) => names[index] !== '..').reduce((sum, size) => sum + size, 0);
}

describe('a storm of cold pulls', () => {
  const LIMIT_BYTES = 20 * MIB;
  const START_BYTES = LIMIT_BYTES * 1.2;
  let appliance: Appliance;
  let storeDir: string;

  beforeAll(async () => {
    // In memory: others write to a shared disk at the same time.
    storeDir = await mkdtemp('/dev/shm/registry-cache-headroom-');
    const env = {
      CLEANER_MAXSIZE: String(LIMIT_BYTES / MIB).concat('M'),
      CLEANER_THRESHOLD_PERCENTAGE: '20',
      CLEANER_MIN_FREE: '0',
      // During the test only growth and reservations can start a run of the cleaner.
      CLEANER_RUNEVERY_TIME: '24h',
    };
    appliance = await stage.appliance({ 'reg.test': upstream }, { storeDir, env });
  });

  afterAll(async () => {
    await appliance.remove();
    await rm(storeDir, { recursive: true });
  });

  it('never takes the store past limit and threshold by more than the downloads in flight', async () => {
    const pulls = pullMany(appliance, [...images.keys()]);
    const samples = await sampleWhile(pulls, async () => {
      // In this order, a spool file that becomes a blob in between counts once at most.
      const stored = await sizeOf(blobsDir(storeDir));
      return { stored, inFlight: await sizeOf(egressDir(storeDir)) };
    });
    const most = Math.max(...samples.map(({ stored }) => stored));
    // The storm pulls three times the limit, and the store must be used for it.
    expect(most).toBeGreaterThan(LIMIT_BYTES / 2);
    // Manifests and configs are small, and need no reservation.
    expect(most).toBeLessThanOrEqual(START_BYTES + MIB / 2);
    const totals = samples.map(({ stored, inFlight }) => stored + inFlight);
    expect(Math.max(...totals)).toBeLessThanOrEqual(START_BYTES + MIB / 2);
  });

  it('evicts old blobs for new ones, once the old ones may be evicted', async () => {
    await sleep(6_000);
    const layerFile = (index: number) =>
      blobFile(storeDir, images[index]?.blobs.at(-1)?.digest ?? '');
    // The images that the storm has left depend on its speed.
    const sizes = await Promise.all([...images.keys()].map((index) => sizeOf(layerFile(index))));
    const absent = [...images.keys()].filter((index) => sizes[index] === 0).slice(0, 6);
    expect(absent).toHaveLength(6);
    await pullMany(appliance, absent);
    await until('the newest are stored', async () => {
      const kept = await Promise.all(absent.map((index) => sizeOf(layerFile(index))));
      return kept.every((size) => size >= LAYER_BYTES);
    });
    // The cleaner updates the metric right after it granted the reservation.
    const evicted = () => readMetric(appliance, 'registry_cache_evicted_blobs_total');
    await until('evictions are counted', async () => ((await evicted()) ?? 0) > 0);
    expect(await sizeOf(blobsDir(storeDir))).toBeLessThanOrEqual(START_BYTES + MIB / 2);
  });
});

/** An appliance whose store is on a small disk of its own. */
function onSmallDisk(size: string, env: Record<string, string>): Promise<Appliance> {
  return stage.appliance(
    { 'reg.test': upstream },
    {
      env: { REGISTRYDIR: '/small', CLEANER_RUNEVERY_TIME: '24h', ...env },
      extraArgs: [`--mount=type=tmpfs,destination=/small,tmpfs-size=${size},tmpfs-mode=0777`],
    },
  );
}

describe('a disk that is smaller than the limit', () => {
  it('keeps its minimum of free space under a storm of cold pulls', async () => {
    const appliance = await onSmallDisk('40m', { CLEANER_MIN_FREE: '12M' });
    const watch = `for i in $(seq 2000); do df --output=avail -B1 /small | tail -1; sleep 0.05; [ -e /tmp/enough ] && break; done`;
    const watching = appliance.exec(['bash', '-c', watch]);
    await pullMany(appliance, [...images.keys()]);
    await appliance.exec(['touch', '/tmp/enough']);
    const free = (await watching).stdout.split('\n').map(Number);
    expect(free.length).toBeGreaterThan(2);
    expect(Math.min(...free)).toBeGreaterThanOrEqual(12 * MIB - MIB / 2);
    // The store must have been used.
    expect(Math.min(...free)).toBeLessThan(24 * MIB);
  });
});

describe('a disk that is full', () => {
  let appliance: Appliance;

  beforeAll(async () => {
    appliance = await onSmallDisk('24m', { CLEANER_MIN_FREE: '0' });
    await pullTargets(appliance, targetsOf(0));
    await until('it is stored', async () => {
      const { stdout } = await appliance.exec([
        'bash',
        '-c',
        'find /small/blobs -name data | wc -l',
      ]);
      return Number(stdout) === 3;
    });
    const fill = 'dd if=/dev/zero of=/small/filler bs=64k; dd if=/dev/zero of=/small/rest bs=1k';
    await appliance.exec(['bash', '-c', `${fill}; true`], { user: '0' });
    const { stdout } = await appliance.exec(['df', '--output=avail', '/small']);
    expect(Number(stdout.split('\n').at(-1))).toBe(0);
  });

  it('still serves stored content: layers, manifests by digest and by tag', async () => {
    await upstream.stop();
    for (let round = 0; round < 3; round += 1) await pullTargets(appliance, targetsOf(0));
    await upstream.start();
  });

  it('passes cold content through: whole images, several at a time', async () => {
    await pullMany(appliance, [1, 2, 3, 4]);
    // Once more, because a partial file of the first pull could be in the way.
    await pullMany(appliance, [1, 2, 3, 4]);
    await pullTargets(appliance, targetsOf(0));
  });

  it('stores new content when it has free space again', async () => {
    await appliance.exec(['rm', '/small/filler', '/small/rest'], { user: '0' });
    await until('an image is kept', async () => {
      await pullTargets(appliance, targetsOf(5));
      const digest = images[5]?.blobs.at(-1)?.digest ?? '';
      const { exitCode } = await appliance.exec(['test', '-e', blobFile('/small', digest)]);
      return exitCode === 0;
    });
  });
});
