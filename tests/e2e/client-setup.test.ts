import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENTS } from '@registry-cache/config';
import {
  type Appliance,
  type Bundle,
  layersOf,
  type RegistryProcess,
  runOrThrow,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pullByContainerd, startContainerd, startDocker } from './client-daemons.ts';
import { type ClientMachine, openClientMachine } from './client-machine.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

/** Some clients mean plain HTTP by localhost, so the cache has a name here. */
const HOSTS = { 'cache.test': '127.0.0.1' };
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

describe.each(['podman', 'crio'])('%s and its like, set up by curl', (name) => {
  it('pull images under their own names through the cache', async () => {
    await using machine = await openSetUp(name);
    const start = (await appliance.accessLog()).length;
    const copy = (image: string) =>
      machine.run('skopeo', ['copy', `docker://${image}`, `dir:${machine.path}/copy`]);
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

describe.each(['containerd', 'containerd-default'])('%s, set up by curl', (name) => {
  it('pulls images under their own names through the cache', async () => {
    await using machine = await openSetUp(name);
    const ctr = await startContainerd(machine);
    const start = (await appliance.accessLog()).length;
    const own = `${address}/quay.test/team`;
    for (const repository of ['quay.test/team', 'docker.io/library', 'reg.test:5000/team', own]) {
      const result = await pullByContainerd(ctr, `${repository}/app:v1`);
      expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    }
    const pulled = ['quay.test', 'docker.io', 'reg.test_5000', 'quay.test'];
    expect(await listPulled(start)).toEqual(pulled);
    const dump = await machine.run('containerd', ['config', 'dump']);
    expect(dump.stdout).toContain('config_path = "/etc/containerd/certs.d"');
  });
});

describe('docker, set up by curl', () => {
  it('pulls from Docker Hub through the cache, and others by its name', async () => {
    await using machine = await openSetUp('docker');
    const docker = await startDocker(machine);
    const start = (await appliance.accessLog()).length;
    for (const name of ['app:v1', `${address}/quay.test/team/app:v1`]) {
      const result = await docker('pull', name);
      expect(result, result.stderr).toMatchObject({ exitCode: 0 });
      await docker('rmi', name);
    }
    expect(await listPulled(start)).toEqual(['docker.io', 'quay.test']);
  });
});

describe('nodes of kind, set up by curl', () => {
  it('get the files of containerd, each by a command in it', async () => {
    await using machine = await openClientMachine(HOSTS);
    const nodes = join(machine.path, 'nodes');
    const bin = join(machine.path, 'bin');
    await mkdir(bin);
    // kind itself cannot run here: two nodes that are folders.
    await writeFile(
      join(bin, 'kind'),
      '#!/bin/sh\n[ "$*" = "get nodes --name lab" ] && echo a b\n',
    );
    const asNode = `#!/bin/sh\n[ "$1 $2 $4" = "exec -i sh" ] && ROOT=${nodes}/$3 exec sh\n`;
    await writeFile(join(bin, 'docker'), asNode);
    await machine.run('chmod', ['+x', join(bin, 'kind'), join(bin, 'docker')]);
    const line = await client('kind', '--curl');
    const result = await machine.sh(`export KIND_CLUSTER_NAME=lab PATH=${bin}:$PATH; ${line}`);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    await machine.sh(await client('containerd', '--curl'));
    for (const node of ['a', 'b']) {
      const same = await machine.run('diff', [
        '-r',
        '/etc/containerd',
        `${nodes}/${node}/etc/containerd`,
      ]);
      expect(same).toMatchObject({ exitCode: 0 });
    }
  });
});

describe('what is served', () => {
  it.each(Object.keys(CLIENTS))('is what the command prints: %s', async (name) => {
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

  it('is the certificate without its key, and nothing for those with another one in mind', async () => {
    await using http = appliance.client();
    const answer = await http.get('/ca.crt', { headers: { host: address } });
    expect(answer.text()).toBe(appliance.ca);
    await using machine = await openClientMachine(HOSTS);
    const line = (await client('podman', '--curl')).replace(/sha256\/\/.{4}/, 'sha256//AAAA');
    const result = await machine.sh(line);
    expect(result.stderr).toContain('SSL: public key does not match pinned public key');
    expect((await machine.sh('ls /etc/containers/certs.d')).exitCode).not.toBe(0);
  });

  it('is for GET and HEAD, for names that a reference can begin with, and for clients that there are', async () => {
    await using http = appliance.client({ trustAnyone: true });
    const ask = async (method: string, path: string, host: string) => {
      const { status, body } = await http.request(method, path, { headers: { host } });
      return `${status} ${body}`;
    };
    expect(await ask('POST', '/setup/podman', address)).toMatch(/^405 /);
    expect(await ask('GET', '/setup/zot', address)).toMatch(
      /^404 there are \/setup\/podman .* \/ca.crt/,
    );
    for (const host of [
      "a'$(id)'.test",
      'a"b.test',
      'a%[path].test',
      'cache',
      '[::1]:8443',
      'a b:1',
    ]) {
      expect(await ask('GET', '/setup/podman', host), host).toMatch(/^400 /);
    }
    const registryHost = await ask('GET', '/setup/podman', `quay.test.${address}`);
    expect(registryHost).toMatch(/^400 this is a name of one registry/);
    expect(await ask('GET', '/setup/podman', 'CACHE.TEST')).toContain('"cache.test/quay.test"');
  });

  it('is also to be had as a folder for many clients', async () => {
    await using machine = await openClientMachine(HOSTS);
    const [folder, byScript] = [join(machine.path, 'files'), join(machine.path, 'by-script')];
    for (const name of Object.keys(CLIENTS).filter((one) => one !== 'kind')) {
      await client(name, '--out', `/tmp/${name}`);
      await runOrThrow('podman', ['cp', `${appliance.id}:/tmp/${name}`, folder]);
      const line = (await client(name, '--curl')).replace(/sh$/, `ROOT=${byScript} sh`);
      expect(await machine.sh(line)).toMatchObject({ exitCode: 0 });
      const same = await machine.run('diff', ['-r', folder, byScript]);
      expect(same, name).toMatchObject({ exitCode: 0, stdout: '' });
      await machine.run('rm', ['-r', folder, byScript]);
    }
  });

  it('follows the pull secret', async () => {
    await using http = appliance.client();
    await appliance.writePullSecret({ auths: { 'quay.test': {}, 'new.test': {} } });
    await appliance.writePolicy('{}');
    await until('the script names the new registry', async () => {
      const answer = await http.get('/setup/podman', { headers: { host: address } });
      return answer.text().includes('"new.test"') && !answer.text().includes('reg.test');
    });
  });
});
