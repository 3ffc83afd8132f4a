import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  type CommandResult,
  type FaultProxy,
  makeArtifact,
  makeIndex,
  makeTemporaryFolder,
  pushBundle,
  type RegistryProcess,
  runCommand,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeContent } from '../../packages/testbed/src/images/content.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startTraffic } from './traffic.ts';
import { withoutProgress } from './without-progress.ts';

let stage: Stage;
let folder: TemporaryFolder;
let origin: RegistryProcess;
/** It is paused once the near cache has everything: the far one has no route. */
let faultProxy: FaultProxy;
let near: Appliance;
let etcd: Bundle;
let hello: Bundle;
let signature: Bundle;

const targets = () => [
  ...listTargets('quay.io', 'coreos/etcd', 'v3.5.1', etcd),
  ...listTargets('quay.io', 'podman/hello', 'latest', hello),
];

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('bundles'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  origin = await stage.upstream();
  etcd = await pushImage(origin, 'coreos/etcd', 'v3.5.1', {
    seed: 'bundles',
    layerSizesBytes: [1024, 8_000_000],
  });
  hello = makeIndex({ seed: 'bundles, hello', architectures: ['amd64', 'arm64'] });
  await pushBundle(origin, 'podman/hello', 'latest', hello);
  signature = makeArtifact({
    seed: 'bundles, signature',
    subject: describeContent(hello.top),
    artifactType: 'application/vnd.example.signature',
  });
  await pushBundle(origin, 'podman/hello', undefined, signature);
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: origin.url }));
  near = await open();
  await pullTargets(near, targets());
  await pullTargets(near, listReferrers());
  await faultProxy.pause();
});

afterAll(() => stage[Symbol.asyncDispose]());

const listReferrers = () =>
  [...signature.manifests, ...signature.blobs].map((content, index) => ({
    path: `/v2/quay.io/podman/hello/${index === 0 ? 'manifests' : 'blobs'}/${content.digest}`,
    digest: content.digest,
  }));

const open = (env: Record<string, string> = {}) =>
  stage.appliance({ 'quay.io': faultProxy }, { extraMounts: [`${folder.path}:/bundles`], env });

const command = (appliance: Appliance, ...args: string[]): Promise<CommandResult> =>
  appliance.exec(['registry-cache', ...args]);

test('a cache without a route serves what a bundle has brought: platforms and referrers', async () => {
  const exported = await command(near, 'export', '--out', '/bundles/all', '--all');
  expect([withoutProgress(exported.stderr), exported.exitCode]).toEqual(['', 0]);
  expect(exported.stdout).toMatch(/^3 images; .* written, 0 B there before; bundle sha256:/);
  const verified = await command(near, 'verify', '/bundles/all');
  expect([verified.exitCode, verified.stdout]).toEqual([0, expect.stringContaining('; whole; ')]);
  const far = await open({ OFFLINE: 'true' });
  const imported = await command(far, 'import', '/bundles/all');
  expect([imported.exitCode, imported.stdout]).toEqual([
    0,
    expect.stringMatching(/^3 images \(.*\) imported, 0 here before, 0 refused$/),
  ]);
  await pullTargets(far, [...targets(), ...listReferrers()]);
  await using client = far.client();
  const path = `/v2/quay.io/podman/hello/referrers/${hello.top.digest}`;
  const { status, body } = await client.get(path, { headers: { accept: ANY_MANIFEST } });
  expect([status, JSON.parse(body.toString()).manifests]).toEqual([
    200,
    [expect.objectContaining({ digest: signature.top.digest })],
  ]);
});

test('a bundle in parts goes through a pipe too', async () => {
  const args = ['export', '--out', '/bundles/parts', '--part-size', '1MB', '--all'];
  const exported = await command(near, ...args);
  expect([withoutProgress(exported.stderr), exported.exitCode]).toEqual(['', 0]);
  const far = await open({ OFFLINE: 'true' });
  const pipe = `cat ${join(folder.path, 'parts')}/part-* | gzip -1 | podman exec --interactive ${far.id} registry-cache import -`;
  const imported = await runCommand('bash', ['-c', pipe]);
  expect([imported.exitCode, imported.stdout]).toEqual([0, expect.stringContaining('3 images (')]);
  await pullTargets(far, targets());
});

test('clients pull without a failure while a bundle is imported, and a kill shows nothing in part', async () => {
  const served = await pushedLater();
  const large = join(folder.path, 'large');
  await mkdir(large);
  await chmod(large, 0o777);
  const other = await open();
  await pullTargets(other, listTargets('quay.io', 'team/large', 'v1', served));
  await faultProxy.pause();
  expect((await command(other, 'export', '--out', '/bundles/large', '--all')).exitCode).toBe(0);
  const far = await open({ OFFLINE: 'true' });
  expect((await command(far, 'import', '/bundles/all')).exitCode).toBe(0);
  const traffic = startTraffic(far, targets());
  await traffic.untilServed(3);
  const spool = join(far.storeDir, 'egress');
  const importing = command(far, 'import', '/bundles/large');
  // The process is found first, so that the kill comes at once.
  // `podman exec` has the same words in its command.
  const find = ['--full', '^[^ ]*node .*import /bundles/large'];
  const pids = await until('the import runs', async () => {
    const { stdout } = await runCommand('pgrep', find);
    return stdout === '' ? false : stdout.split('\n').map(Number);
  });
  const isReading = async () => (await readdir(spool)).some((name) => name.startsWith('import-'));
  await until('blobs are read', isReading, { intervalMs: 5 });
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  expect((await importing).exitCode).not.toBe(0);
  await using client = far.client();
  const answer = await client.get('/v2/quay.io/team/large/manifests/v1');
  expect(answer.status).toBe(503);
  expect((await command(far, 'import', '/bundles/large')).exitCode).toBe(0);
  await pullTargets(far, listTargets('quay.io', 'team/large', 'v1', served));
  await traffic.untilServed(3);
  expect(await traffic.stop()).toEqual([]);
});

async function pushedLater(): Promise<Bundle> {
  await faultProxy.resume();
  return pushImage(origin, 'team/large', 'v1', {
    seed: 'bundles, large',
    layerSizesBytes: Array.from({ length: 8 }, () => 20_000_000),
  });
}
