import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Appliance,
  type Bundle,
  createPodmanClient,
  type DebianSuite,
  makeIndex,
  makeTemporaryFolder,
  openMachine,
  pushBundle,
  type RegistryProcess,
  runOrThrow,
  startContainerd,
  startDocker,
  type TemporaryFolder,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, pushImage, type Stage } from '../stage.ts';
import { listTargets, pullTargets } from '../traffic.ts';

/** `scripts/test` builds it. */
const REGCTL = resolve(import.meta.dirname, '../../../.tools/bin/regctl');
const HELLO = 'quay.io/podman/hello:latest';
const ETCD = 'quay.io/coreos/etcd:v3.5.1';

let stage: Stage;
let folder: TemporaryFolder;
let origin: RegistryProcess;
let near: Appliance;
let far: Appliance;
let etcd: Bundle;
let hello: Bundle;

const at = (name: string) => join(folder.path, name);

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('tools'));
  // The programs of the container run as another user.
  await chmod(folder.path, 0o777);
  origin = await stage.upstream();
  etcd = await pushImage(origin, 'coreos/etcd', 'v3.5.1', { seed: 'tools' });
  hello = makeIndex({ seed: 'tools, hello', architectures: ['amd64', 'arm64'] });
  await pushBundle(origin, 'podman/hello', 'latest', hello);
  const options = { extraMounts: [`${folder.path}:/bundles`] };
  near = await stage.appliance({ 'quay.io': origin }, options);
  far = await stage.appliance({ 'quay.io': origin }, { ...options, env: { OFFLINE: 'true' } });
  await pullTargets(near, listTargets('quay.io', 'coreos/etcd', 'v3.5.1', etcd));
  await pullTargets(near, listTargets('quay.io', 'podman/hello', 'latest', hello));
  await command(near, 'export', '--out', '/bundles/both', HELLO, ETCD);
  await command(near, 'export', '--out', '/bundles/etcd', ETCD);
  await command(near, 'export', '--out', '/bundles/docker', '--for', 'docker', HELLO, ETCD);
  for (const name of ['both', 'etcd', 'docker']) await makeTar(name);
});

afterAll(() => stage[Symbol.asyncDispose]());

async function command(appliance: Appliance, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await appliance.exec(['registry-cache', ...args]);
  expect([args, exitCode, stdout + stderr]).toEqual([args, 0, expect.any(String)]);
  return stdout;
}

const makeTar = (name: string) =>
  runOrThrow('tar', ['-C', at(name), '-cf', at(`${name}.tar`), '.']);

/** A machine that has a file of the folder as /tmp/<name>. */
async function openMachineWith(suite: DebianSuite, ...names: readonly string[]) {
  const machine = await openMachine({ suite, hosts: {} });
  for (const name of names) {
    await copyFile(at(name), machine.outside(`/tmp/${name}`));
  }
  const run = async (file: string, ...args: string[]) => {
    const { exitCode, stdout, stderr } = await machine.run(file, args);
    expect([file, args, exitCode, stderr]).toEqual([file, args, 0, expect.any(String)]);
    return stdout;
  };
  return { machine, run, [Symbol.asyncDispose]: () => machine.stop() };
}

test('skopeo reads an export, digest for digest', async () => {
  for (const [name, bundle] of [
    [HELLO, hello],
    [ETCD, etcd],
  ] as const) {
    const target = at(`read-${bundle.top.digest.slice(7, 19)}`);
    await runOrThrow('skopeo', ['copy', '--all', `oci:${at('both')}:${name}`, `dir:${target}`]);
    expect(await readFile(join(target, 'manifest.json'))).toEqual(bundle.top.bytes);
  }
});

test('podman loads an export, and one for docker', async () => {
  await using podman = await createPodmanClient({ ca: '' });
  for (const [tar, names] of [
    ['etcd.tar', [ETCD]],
    ['docker.tar', [HELLO, ETCD]],
  ] as const) {
    const loaded = await podman.run('load', '--input', at(tar));
    expect([loaded.stderr, loaded.exitCode]).toEqual([expect.any(String), 0]);
    for (const name of names) expect((await podman.run('image', 'exists', name)).exitCode).toBe(0);
    await podman.removeImages();
  }
});

test('ctr imports an export, and its own export is imported', async () => {
  await using client = await openMachineWith('sid', 'both.tar');
  const { machine, run } = client;
  await startContainerd(machine);
  await run('ctr', 'images', 'import', '/tmp/both.tar');
  const list = await run('ctr', 'images', 'list');
  expect(list).toContain(`${ETCD} `);
  expect(list).toContain(hello.top.digest);
  await run('ctr', 'images', 'export', '/tmp/ctr.tar', ETCD);
  await copyFile(machine.outside('/tmp/ctr.tar'), at('ctr.tar'));
  expect(await command(far, 'import', '/bundles/ctr.tar')).toMatch(/^1 image /);
  await pullTargets(far, listTargets('quay.io', 'coreos/etcd', 'v3.5.1', etcd));
});

test('docker loads an export for docker, and what it saves is imported', async () => {
  await using client = await openMachineWith('sid', 'docker.tar');
  const { machine, run } = client;
  await startDocker(machine);
  await run('docker', 'load', '--input', '/tmp/docker.tar');
  expect(await run('docker', 'images', '--format', '{{.Repository}}:{{.Tag}}')).toContain(ETCD);
  await run('docker', 'tag', ETCD, 'quay.io/saved/etcd:v1');
  await run('docker', 'save', '--output', '/tmp/saved.tar', 'quay.io/saved/etcd:v1');
  await copyFile(machine.outside('/tmp/saved.tar'), at('saved.tar'));
  await chmod(at('saved.tar'), 0o644);
  expect(await command(far, 'import', '/bundles/saved.tar')).toMatch(/^1 image /);
});

test('oras reads an export, and what it writes is imported', async () => {
  await using client = await openMachineWith('trixie', 'etcd.tar');
  const { machine, run } = client;
  await run('mkdir', '/tmp/etcd');
  await run('tar', '-C', '/tmp/etcd', '-xf', '/tmp/etcd.tar');
  const copy = ['--from-oci-layout', '--to-oci-layout'];
  await run('oras', 'copy', ...copy, `/tmp/etcd@${etcd.top.digest}`, '/tmp/out:v9');
  await run('tar', '-C', '/tmp/out', '-cf', '/tmp/oras.tar', '.');
  await copyFile(machine.outside('/tmp/oras.tar'), at('oras.tar'));
  await command(far, 'import', '/bundles/oras.tar', '--as', 'quay.io/oras/etcd');
  await pullTargets(far, listTargets('quay.io', 'oras/etcd', 'v9', etcd));
});

test('crane reads an export, and the layout that it pulls is imported', async () => {
  await using client = await openMachineWith('sid', 'etcd.tar');
  const { machine, run } = client;
  const registry = origin.url.replace('http://', '');
  await run('mkdir', '/tmp/etcd');
  await run('tar', '-C', '/tmp/etcd', '-xf', '/tmp/etcd.tar');
  await run('crane', 'push', '--insecure', '/tmp/etcd', `${registry}/read/crane:v1`);
  const digest = await run('crane', 'digest', '--insecure', `${registry}/read/crane:v1`);
  expect(digest.trim()).toBe(etcd.top.digest);
  const pull = ['pull', '--insecure', '--format', 'oci', `${registry}/podman/hello:latest`];
  await run('crane', ...pull, '/tmp/hello');
  await run('tar', '-C', '/tmp/hello', '-cf', '/tmp/crane.tar', '.');
  await copyFile(machine.outside('/tmp/crane.tar'), at('crane.tar'));
  await command(far, 'import', '/bundles/crane.tar', '--as', 'quay.io/craned/hello:latest');
  await pullTargets(far, listTargets('quay.io', 'craned/hello', 'latest', hello));
});

test('regctl reads an export, and what it exports is imported', async () => {
  const registry = origin.url.replace('http://', '');
  await using home = await makeTemporaryFolder('regctl');
  const regctl = (...args: string[]) => {
    return runOrThrow(REGCTL, args, { env: { HOME: home.path } });
  };
  await regctl('registry', 'set', registry, '--tls', 'disabled');
  const from = `ocidir://${at('both')}@${hello.top.digest}`;
  await regctl('image', 'copy', from, `${registry}/read/regctl:v1`);
  const digest = await regctl('image', 'digest', `${registry}/read/regctl:v1`);
  expect(digest.trim()).toBe(hello.top.digest);
  const named = ['--name', 'quay.io/regctl/hello:latest'];
  const source = `${registry}/podman/hello:latest`;
  await regctl('image', 'export', ...named, source, at('regctl.tar'));
  await chmod(at('regctl.tar'), 0o644);
  await command(far, 'import', '/bundles/regctl.tar');
  await pullTargets(far, listTargets('quay.io', 'regctl/hello', 'latest', hello));
});

test("skopeo's trees and archives of podman are imported", async () => {
  const from = origin.url.replace('http://', '');
  const sync = ['sync', '--src-tls-verify=false', '--all', '--src', 'docker', '--dest', 'dir'];
  await mkdir(at('tree'));
  await runOrThrow('skopeo', [...sync, `${from}/podman/hello`, at('tree')]);
  await runOrThrow('chmod', ['-R', 'a+rX', at('tree')]);
  await command(far, 'import', '/bundles/tree', '--as', 'quay.io/synced');
  await pullTargets(far, listTargets('quay.io', 'synced/hello', 'latest', hello));
  for (const form of ['docker-archive', 'oci-archive']) {
    const target = `${form}:${at(`${form}.tar`)}:quay.io/${form}/etcd:v1`;
    await runOrThrow('skopeo', [
      'copy',
      '--src-tls-verify=false',
      `docker://${from}/coreos/etcd:v3.5.1`,
      target,
    ]);
    await chmod(at(`${form}.tar`), 0o644);
    expect(await command(far, 'import', `/bundles/${form}.tar`)).toMatch(/^1 image /);
  }
  await rm(at('tree'), { recursive: true });
});
