import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSize, unwrap } from '@registry-cache/domain';
import {
  type Appliance,
  makeTemporaryFolder,
  pullTarget,
  type Target,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runMeasured } from './peak-memory.ts';
import { storeImageOfZeros } from './sparse-images.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

/** `EXPORT_BYTES=10GB` exports as much as the requirement names. */
const EXPORT_BYTES = unwrap(parseSize('EXPORT_BYTES', process.env.EXPORT_BYTES ?? '512MB'));
const LAYER_BYTES = 256_000_000;
const CLIENTS = 50;

let stage: Stage;
let folder: TemporaryFolder;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('bundle-load'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
});

afterAll(() => stage[Symbol.asyncDispose]());

const mounts = () => ({ extraMounts: [`${folder.path}:/bundles`] });

test(`${CLIENTS} clients pull without a failure while a bundle is imported`, async () => {
  const origin = await stage.upstream();
  const served = await pushImage(origin, 'team/served', 'v1', {
    seed: 'bundle load, served',
    layerSizesBytes: [50_000],
  });
  const large = await pushImage(origin, 'team/large', 'v1', {
    seed: 'bundle load, large',
    layerSizesBytes: Array.from({ length: 8 }, () => 20_000_000),
  });
  const near = await stage.appliance({ 'quay.io': origin }, mounts());
  await pullTargets(near, listTargets('quay.io', 'team/large', 'v1', large));
  const exported = await near.exec(['registry-cache', 'export', '--out', '/bundles/b', '--all']);
  expect(exported.exitCode).toBe(0);
  await near.remove();
  const far = await stage.appliance({ 'quay.io': origin }, mounts());
  const targets = listTargets('quay.io', 'team/served', 'v1', served);
  await pullTargets(far, targets);
  const clients = startClients(far, targets);
  await clients.untilEachPulls();
  const imported = await far.exec(['registry-cache', 'import', '/bundles/b']);
  expect([imported.exitCode, imported.stdout]).toEqual([0, expect.stringMatching(/^1 image \(/)]);
  await clients.untilEachPulls();
  expect(await clients.stop()).toEqual([]);
  await pullTargets(far, listTargets('quay.io', 'team/large', 'v1', large));
});

test('an export takes as much memory for one layer as for many large ones', async () => {
  const appliance = await stage.appliance({ 'quay.io': { url: 'http://127.0.0.1:1' } }, mounts());
  const { storeDir } = appliance;
  await storeImageOfZeros(storeDir, 'team/small', [1_000_000]);
  const layers = Math.max(1, Math.round(EXPORT_BYTES / LAYER_BYTES));
  await storeImageOfZeros(
    storeDir,
    'team/huge',
    Array.from({ length: layers }, () => Math.ceil(EXPORT_BYTES / layers)),
  );
  const exportMeasured = async (out: string, image: string, ...more: string[]) => {
    const place = { folder: folder.path, mount: '/bundles' };
    const args = ['export', '--out', `/bundles/${out}`, ...more, `quay.io/team/${image}:v1`];
    const { exitCode, stdout, peakMib } = await runMeasured(appliance, place, args, 600_000);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^1 image; /)]);
    await rm(join(folder.path, out), { recursive: true });
    return peakMib;
  };
  const smallMib = await exportMeasured('small', 'small');
  expect(await exportMeasured('huge', 'huge')).toBeLessThan(smallMib + 40);
  expect(await exportMeasured('parts', 'huge', '--part-size', '100MB')).toBeLessThan(smallMib + 40);
}, 900_000);

/** Clients that each pull again and again on a connection of their own, until `stop`. */
function startClients(appliance: Appliance, targets: readonly Target[]) {
  const failures: string[] = [];
  const pulls = Array.from({ length: CLIENTS }, () => 0);
  let isStopped = false;
  const run = async (number: number) => {
    await using client = appliance.client({ http2: number % 2 === 1 });
    while (!isStopped) {
      for (const target of targets) {
        await pullTarget(client, target).catch((error: Error) => {
          failures.push(`client ${number}, pull ${pulls[number]}: ${error.message}`);
        });
      }
      pulls[number] = (pulls[number] ?? 0) + 1;
      // More requests would starve the import, which shares the machine with these clients.
      await sleep(200);
    }
  };
  const ended = Promise.all(pulls.map((_, number) => run(number)));
  return {
    /** Waits until every client has pulled once more. */
    async untilEachPulls(): Promise<void> {
      const before = [...pulls];
      const isReached = () => pulls.every((count, number) => count > (before[number] ?? 0));
      await until('each client has pulled once more', isReached, { timeoutMs: 60_000 });
    },
    async stop(): Promise<readonly string[]> {
      isStopped = true;
      await ended;
      return failures;
    },
  };
}
