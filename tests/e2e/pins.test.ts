import { access, chmod, mkdtemp, rm } from 'node:fs/promises';
import { blobFile } from '@registry-cache/domain';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  type FaultProxy,
  makeTemporaryFolder,
  type RegistryProcess,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMetric } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest, manifestsAsked } from './tag-requests.ts';
import { listTargets, pullTargets } from './traffic.ts';
import { withoutProgress } from './without-progress.ts';

const MIB = 1024 * 1024;
const OTHERS = ['one', 'two', 'three', 'four'] as const;
let stage: Stage;
let folder: TemporaryFolder;
let upstream: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;
const storeDir = await mkdtemp('/dev/shm/registry-cache-pins-');
const images = new Map<string, Bundle>();

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('pins'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  upstream = await stage.upstream();
  for (const name of ['kept', ...OTHERS]) {
    const plan = { seed: `pins ${name}`, layerSizesBytes: [5 * MIB] };
    images.set(name, await pushImage(upstream, `team/${name}`, 'v1', plan));
  }
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: upstream.url }));
  appliance = await stage.appliance(
    { 'reg.test': { url: faultProxy.url, tags: { default: '1ms' }, aliases: ['reg'] } },
    {
      storeDir,
      extraMounts: [`${folder.path}:/bundles`],
      env: {
        CLEANER_MAXSIZE: '16M',
        CLEANER_THRESHOLD_PERCENTAGE: '10',
        DEFAULT_REGISTRY: 'reg.test',
      },
    },
  );
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await rm(storeDir, { recursive: true, force: true });
});

const command = (...args: string[]) => appliance.exec(['registry-cache', ...args]);

it('pins an image that is not here: fetches it, lists it and counts it', async () => {
  const { top } = imageOf('kept');
  const pinned = await command('pin', 'reg/team/kept:v1');
  expect([pinned.exitCode, pinned.stdout]).toEqual([
    0,
    expect.stringContaining(`pinned reg.test/team/kept:v1 ${top.digest} (5`),
  ]);
  expect(await listMissing('kept')).toEqual([]);
  const { stdout } = await command('pins', '--json');
  const { pins, ...sums } = JSON.parse(stdout);
  expect(pins.length).toBe(1);
  const [pin] = pins;
  expect(pin).toMatchObject({ why: 'pin', frozen: false, by: 'operator', whole: true });
  expect(sums).toEqual({ unreadable: 0, heldBytes: pin.heldBytes, limitBytes: 16 * MIB });
});

it('evicts other images for new ones, and the pinned one never, though it is the oldest', async () => {
  for (const name of ['one', 'two']) await pullTargets(appliance, targetsOf(name));
  // Blobs are not evicted in their first few seconds. Until then new ones are passed through.
  const isOneGone = async () => {
    for (const name of ['three', 'four']) await pullTargets(appliance, targetsOf(name));
    return (await listMissing('one')).length > 0;
  };
  const options = { timeoutMs: 60_000, intervalMs: 500 };
  await until('another image is evicted', isOneGone, options);
  expect(await listMissing('kept')).toEqual([]);
  await faultProxy.pause();
  await pullTargets(appliance, targetsOf('kept'));
  await faultProxy.resume();
  const isCounted = async () => {
    const bytes = await readMetric(appliance, 'registry_cache_store_pinned_bytes');
    return (bytes ?? 0) > 5 * MIB;
  };
  await until('the metric tells the pinned bytes', isCounted);
});

it('serves a frozen tag by its pin through every way in, and asks nobody, until it is unpinned', async () => {
  const frozen = imageOf('kept').top.digest;
  const exported = await command('export', '--out', '/bundles/kept', 'reg.test/team/kept:v1');
  expect([exported.exitCode, withoutProgress(exported.stderr)]).toEqual([0, '']);
  const imported = await command('import', '/bundles/kept');
  expect([imported.exitCode, imported.stdout]).toEqual([0, expect.stringContaining('1 here')]);
  const moved = await pushImage(upstream, 'team/kept', 'v1', { seed: 'pins, moved' });
  faultProxy.forget();
  await using client = appliance.client();
  const ways = [
    '/v2/reg.test/team/kept/manifests/v1',
    '/v2/reg/team/kept/manifests/v1',
    '/v2/team/kept/manifests/v1?ns=reg.test',
    '/v2/team/kept/manifests/v1',
  ];
  for (const path of ways) {
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await client.request(method, path, { headers: { accept: ANY_MANIFEST } });
      expect([path, headers['docker-content-digest']]).toEqual([path, frozen]);
    }
  }
  expect(manifestsAsked(faultProxy)).toEqual([]);
  const list = async (path: string) => JSON.parse((await client.get(path)).body.toString());
  expect((await list('/v2/reg.test/team/kept/tags/list')).tags).toEqual(['v1']);
  expect((await list('/v2/_catalog')).repositories).toContain('reg.test/team/kept');
  expect((await command('unpin', 'reg.test/team/kept:v1')).exitCode).toBe(0);
  const isMoved = async () => {
    const { digest } = await askManifest(appliance, 'reg.test/team/kept:v1');
    return digest === moved.top.digest;
  };
  await until('the tag follows its registry again', isMoved);
});

it('pins a list by warm as far as there is room, and names the rest', async () => {
  const list = `printf '%s\\n' reg.test/team/one:v1 reg.test/team/two:v1 reg.test/team/three:v1 reg.test/team/four:v1`;
  const warm = `${list} | registry-cache warm --pin --keep-going -`;
  const { exitCode, stdout } = await appliance.exec(['bash', '-c', warm]);
  expect(exitCode).toBe(1);
  const failed = stdout.trim().split('\n');
  expect(failed.length).toBeLessThan(OTHERS.length);
  for (const name of failed) expect(name).toMatch(/^reg\.test\/team\/(?:one|two|three|four):v1$/);
  const { stdout: pins } = await command('pins', '--json');
  const { heldBytes } = JSON.parse(pins);
  expect(heldBytes).toBeGreaterThan(5 * MIB);
  // The limit and its threshold.
  expect(heldBytes).toBeLessThanOrEqual(16 * MIB * 1.1);
});

const imageOf = (name: string): Bundle => {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
};

const targetsOf = (name: string) => listTargets('reg.test', `team/${name}`, 'v1', imageOf(name));

async function listMissing(name: string): Promise<string[]> {
  const { top, blobs } = imageOf(name);
  const digests = [top.digest, ...blobs.map(({ digest }) => digest)];
  const files = digests.map(async (digest) => {
    return (await exists(blobFile(storeDir, digest))) ? [] : [digest];
  });
  return (await Promise.all(files)).flat();
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
