import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobFile } from '@registry-cache/domain';
import {
  type Appliance,
  type Bundle,
  type CommandResult,
  createHttpClient,
  type FaultProxy,
  layersOf,
  makeIndex,
  makeTemporaryFolder,
  pullTarget,
  pushBundle,
  type RegistryProcess,
  runCommand,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readShellBlocks } from './documented.ts';
import { IMAGE } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest, manifestsAsked } from './tag-requests.ts';
import { listTargets, pullTargets, startTraffic } from './traffic.ts';

const [WHILE_SERVING = '', WHILE_STOPPED = ''] = readShellBlocks(
  'coming-from.md',
  'Plain distribution in proxy mode',
);
const [LIST = '', FROM_VOLUME = '', REMOVE = ''] = readShellBlocks(
  'coming-from.md',
  "manuvaldi's registry-cache",
);

let stage: Stage;
let faultProxy: FaultProxy;
/** The store that a real distribution registry in proxy mode has filled. */
let oldStore: string;
let folder: TemporaryFolder;
let etcd: Bundle;
let hello: Bundle;
let served: Bundle;
let other: RegistryProcess;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('import'));
  const origin = await stage.upstream();
  other = await stage.upstream();
  etcd = await pushImage(origin, 'coreos/etcd', 'v3.5.1', {
    seed: 'import',
    layerSizesBytes: [1024, 3_000_000],
  });
  hello = makeIndex({ seed: 'import, hello', architectures: ['amd64', 'arm64'] });
  await pushBundle(origin, 'podman/hello', 'latest', hello);
  served = await pushImage(other, 'team/app', 'v1', { seed: 'import, served' });
  const old = await stage.upstream({ proxy: { url: origin.url } });
  await fillOldCache(old);
  oldStore = old.storageDir;
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: origin.url }));
});

beforeEach(async () => {
  await faultProxy.pause();
  faultProxy.forget();
});

afterAll(() => stage[Symbol.asyncDispose]());

const targets = () => [
  ...listTargets('quay.io', 'coreos/etcd', 'v3.5.1', etcd),
  ...listTargets('quay.io', 'podman/hello', 'latest', hello),
];

/** `appliance` has the old store's registry as quay.io, and another one. */
const open = (options: Parameters<Stage['appliance']>[1] = {}) =>
  stage.appliance({ 'quay.io': faultProxy, 'other.test': other }, options);

/** Runs a command of the document, with this container in place of `registry-cache`. */
function runDocumented(command: string, appliance: Appliance): Promise<CommandResult> {
  const line = command.replace('podman exec registry-cache ', `podman exec ${appliance.id} `);
  return runCommand('bash', ['-c', line]);
}

const copyOldStore = async (name: string) => {
  const store = join(folder.path, name);
  await mkdir(store);
  await cp(join(oldStore, 'docker'), join(store, 'docker'), { recursive: true });
  return store;
};

/** Pulls through the old cache, and waits until it has stored everything. */
async function fillOldCache(old: RegistryProcess): Promise<void> {
  await using client = createHttpClient({ url: old.url });
  const repositories = [
    ['coreos/etcd', 'v3.5.1', etcd],
    ['podman/hello', 'latest', hello],
  ] as const;
  for (const [repository, tag, bundle] of repositories) {
    for (const { path, ...target } of listTargets('', repository, tag, bundle)) {
      await pullTarget(client, { ...target, path: path.replace('//', '/') });
    }
    for (const { digest } of [...bundle.blobs, ...bundle.manifests]) {
      const [, hex = ''] = digest.split(':');
      const file = join(old.storageDir, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex);
      await until(`the old cache has ${digest}`, () => stat(join(file, 'data')).catch(() => false));
    }
  }
  await old.stop();
}

test('an import into a serving appliance: images are served while their registry is away, and tags are checked once it is back', async () => {
  const appliance = await open({ extraMounts: [`${oldStore}:/old:ro`] });
  const traffic = startTraffic(appliance, listTargets('other.test', 'team/app', 'v1', served));
  await traffic.untilServed(3);
  const { exitCode, stdout, stderr } = await runDocumented(WHILE_SERVING, appliance);
  expect([stderr, exitCode]).toEqual([expect.stringContaining('to copy'), 0]);
  expect(stdout).toContain('2 tags, 4 manifests and 11 blobs');
  await traffic.untilServed(3);
  expect(await traffic.stop()).toEqual([]);
  await pullTargets(appliance, targets());
  const tag = 'quay.io/coreos/etcd:v3.5.1';
  expect(await askManifest(appliance, tag)).toMatchObject({ status: 200, cache: 'STALE' });
  await faultProxy.resume();
  await until('the tag is checked', async () => {
    await askManifest(appliance, tag);
    return manifestsAsked(faultProxy).includes('HEAD v3.5.1');
  });
  // The second import finds everything here, and the confirmed tag stays.
  const again = await runDocumented(WHILE_SERVING, appliance);
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining('0 blobs (0 B)')]);
  expect(await askManifest(appliance, tag)).toMatchObject({ status: 200, cache: 'HIT' });
});

test('an old store in the volume is moved by rename, for the repositories that are named', async () => {
  const storeDir = await copyOldStore('moved');
  const [layer] = layersOf(etcd).slice(-1);
  const digest = layer?.digest ?? '';
  const [, hex = ''] = digest.split(':');
  const oldFile = join(storeDir, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  const { ino } = await stat(oldFile);
  const appliance = await open({ storeDir });
  const list = await runDocumented(LIST, appliance);
  expect(list.stdout).toContain('/coreos/etcd/_layers');
  const { exitCode, stdout, stderr } = await runDocumented(FROM_VOLUME, appliance);
  expect([stderr, exitCode]).toEqual([expect.stringContaining('to move'), 0]);
  expect(stdout).toContain('2 tags, 4 manifests and 11 blobs');
  const moved = await stat(blobFile(storeDir, digest));
  expect([moved.ino, moved.uid]).toEqual([ino, 10001]);
  await expect(stat(oldFile)).rejects.toThrow('ENOENT');
  await pullTargets(appliance, targets());
  expect((await runDocumented(REMOVE, appliance)).exitCode).toBe(0);
  await pullTargets(appliance, targets());
});

test('a rotten blob is named and left, and is fetched at the next pull', async () => {
  const storeDir = await copyOldStore('rotten');
  const [layer] = layersOf(etcd).slice(-1);
  const digest = layer?.digest ?? '';
  const [, hex = ''] = digest.split(':');
  const file = join(storeDir, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
  await writeFile(file, 'rotten');
  const appliance = await open({ storeDir });
  const { exitCode, stdout } = await runDocumented(FROM_VOLUME, appliance);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining(`rotten ${digest} coreos/etcd`)]);
  expect((await stat(file)).size).toBe(6);
  await faultProxy.resume();
  await pullTargets(appliance, targets());
});

test('an import without a running cache fills a new store, which a later start serves', async () => {
  const storeDir = join(folder.path, 'stopped');
  await mkdir(storeDir);
  const pullSecret = join(folder.path, 'pull-secret.json');
  await writeFile(pullSecret, JSON.stringify({ auths: { 'quay.io': {} } }));
  const line = WHILE_STOPPED.replace('/opt/registry/pull-secret.json', pullSecret)
    .replace('/opt/registry/data', storeDir)
    .replace('/srv/old-registry', oldStore)
    .replaceAll(',z', '')
    .replaceAll(':z', '')
    .replace('localhost/registry-cache:latest', IMAGE);
  const { exitCode, stdout, stderr } = await runCommand('bash', ['-c', line]);
  expect([stderr, exitCode]).toEqual([expect.stringContaining('to copy'), 0]);
  expect(stdout).toContain('2 tags, 4 manifests and 11 blobs');
  await pullTargets(await open({ storeDir }), targets());
});

test('a container that is not root copies files of another owner, and leaves them', async () => {
  const storeDir = await copyOldStore('unprivileged');
  const appliance = await open({ storeDir, user: '1000:0' });
  const { exitCode, stdout } = await runDocumented(FROM_VOLUME, appliance);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('2 tags, 4 manifests')]);
  await pullTargets(appliance, targets());
});
