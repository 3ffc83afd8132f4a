import { CLIENTS } from '@registry-cache/config';
import {
  type Appliance,
  type Bundle,
  createHttpClient,
  layersOf,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientMachine, openClientMachine } from './client-machine.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

/** Some clients mean plain HTTP by localhost, so the cache has a name here. */
const HOSTS = { 'cache.test': '127.0.0.1' };
const TEXT_CLIENTS = Object.keys(CLIENTS);
let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let address: string;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'clients' });
  await pushImage(upstream, 'library/app', 'v1', { seed: 'clients' });
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'docker.io': upstream, 'reg.test:5000': upstream },
    { env: { CERTIFICATE_NAMES: 'cache.test' } },
  );
  address = `cache.test:${new URL(appliance.url).port}`;
});

afterAll(() => stage[Symbol.asyncDispose]());

/** What `registry-cache client` prints in the container. */
async function client(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await appliance.exec([
    ...['registry-cache', 'client', ...args],
    `--address=${address}`,
  ]);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

/** A machine that has been set up by the line that the documents show. */
async function openSetUp(name: string): Promise<ClientMachine> {
  const machine = await openClientMachine(HOSTS);
  const result = await machine.sh(await client(name, '--curl'));
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(result.stdout).toContain('wrote /etc/');
  return machine;
}

/** Every layer that was asked of the cache since `start`, by upstream. */
async function listPulled(start: number): Promise<string[]> {
  const layers = new Set(layersOf(image).map(({ digest }) => digest));
  const records = (await appliance.accessLog()).slice(start);
  return records.filter(({ digest }) => layers.has(digest)).map(({ upstream: id }) => id);
}

describe('podman and its like, set up by curl', () => {
  it('pull images under their own names through the cache', async () => {
    await using machine = await openSetUp('podman');
    const start = (await appliance.accessLog()).length;
    const copy = (name: string) =>
      machine.run('skopeo', ['copy', `docker://${name}`, `dir:${machine.path}/copy`]);
    expect(await copy('quay.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await copy('docker.io/library/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await copy('reg.test:5000/team/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await copy(`${address}/quay.test/team/app:v1`)).toMatchObject({ exitCode: 0 });
    expect(await listPulled(start)).toEqual([
      'quay.test',
      'docker.io',
      'reg.test_5000',
      'quay.test',
    ]);
    const storage = [`--root=${machine.path}/root`, `--runroot=${machine.path}/runroot`];
    const pulled = await machine.run('podman', [...storage, 'pull', 'quay.test/team/app:v1']);
    expect(pulled, pulled.stderr).toMatchObject({ exitCode: 0 });
    await machine.run('podman', [...storage, 'rmi', '--all', '--force']);
    await machine.run('umount', [`${machine.path}/root/overlay`]);
  });
});

describe('containerd, set up by curl', () => {
  it('pulls images under their own names through the cache', async () => {
    await using machine = await openSetUp('containerd');
    const socket = `${machine.path}/containerd.sock`;
    const ctr = (...args: string[]) => machine.run('ctr', [`--address=${socket}`, ...args]);
    const places = [`--root=${machine.path}/root`, `--state=${machine.path}/state`];
    await machine.start('containerd', [`--address=${socket}`, ...places], async () => {
      return (await ctr('version')).exitCode === 0;
    });
    const start = (await appliance.accessLog()).length;
    for (const name of [
      'quay.test/team',
      'docker.io/library',
      'reg.test:5000/team',
      `${address}/quay.test/team`,
    ]) {
      const pull = ['pull', '--hosts-dir=/etc/containerd/certs.d', `${name}/app:v1`];
      const result = await ctr('images', ...pull);
      expect(result, result.stderr).toMatchObject({ exitCode: 0 });
      await ctr('images', 'rm', '--sync', `${name}/app:v1`);
    }
    expect(await listPulled(start)).toEqual([
      'quay.test',
      'docker.io',
      'reg.test_5000',
      'quay.test',
    ]);
  });
});

describe('what is served', () => {
  it.each(TEXT_CLIENTS)('is what the command prints: %s', async (name) => {
    const expected = await client(name, '--script');
    for (const http2 of [false, true]) {
      await using http = appliance.client({ http2 });
      const answer = await http.get(`/setup/${name}`, { headers: { host: address } });
      expect(answer.status).toBe(200);
      expect(answer.text().trimEnd()).toBe(expected);
      const head = await http.head(`/setup/${name}`, { headers: { host: address } });
      expect(head.status).toBe(200);
      expect(head.body).toHaveLength(0);
    }
  });
});
