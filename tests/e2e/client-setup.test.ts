import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type Bundle,
  layersOf,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CACHE_HOSTS,
  CACHE_NAME,
  type ClientCommand,
  createClientCommand,
} from './client-command.ts';
import { pullByContainerd, startContainerd, startDocker } from './client-daemons.ts';
import { type ClientMachine, openClientMachine } from './client-machine.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

let stage: Stage;
let upstream: RegistryProcess;
let appliance: Appliance;
let command: ClientCommand;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'clients' });
  await pushImage(upstream, 'library/app', 'v1', { seed: 'clients' });
  appliance = await stage.appliance(
    { 'quay.test': upstream, 'docker.io': upstream, 'reg.test:5000': upstream },
    { env: { CERTIFICATE_NAMES: CACHE_NAME } },
  );
  command = createClientCommand(appliance);
});

afterAll(() => stage[Symbol.asyncDispose]());

/** A machine that was set up by the line in the documents. */
async function openSetUp(name: string): Promise<ClientMachine> {
  const machine = await openClientMachine(CACHE_HOSTS);
  const result = await machine.sh(await command.print(name, '--curl'));
  expect(result, result.stderr).toMatchObject({ exitCode: 0 });
  expect(result.stdout).toContain('wrote /etc/');
  return machine;
}

/** The upstreams of the layers that the cache was asked for since `start`. */
async function listPulled(start: number): Promise<string[]> {
  const layers = new Set(layersOf(image).map(({ digest }) => digest));
  const records = (await appliance.accessLog()).slice(start);
  return records.filter(({ digest }) => layers.has(digest)).map(({ upstream: id }) => id);
}

describe.each(['podman', 'crio'])('%s and its relatives, set up by curl', (name) => {
  it('pull images under their own names through the cache', async () => {
    await using machine = await openSetUp(name);
    const start = (await appliance.accessLog()).length;
    const copy = (image: string) =>
      machine.run('skopeo', ['copy', `docker://${image}`, `dir:${machine.path}/copy`]);
    expect(await copy('quay.test/team/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await copy('docker.io/library/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await copy('reg.test:5000/team/app:v1')).toMatchObject({ exitCode: 0 });
    expect(await copy(`${command.address}/quay.test/team/app:v1`)).toMatchObject({ exitCode: 0 });
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
    const own = `${command.address}/quay.test/team`;
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
  it('pulls from Docker Hub through the cache, and from others by the cache’s name', async () => {
    await using machine = await openSetUp('docker');
    const docker = await startDocker(machine);
    const start = (await appliance.accessLog()).length;
    for (const name of ['app:v1', `${command.address}/quay.test/team/app:v1`]) {
      const result = await docker('pull', name);
      expect(result, result.stderr).toMatchObject({ exitCode: 0 });
      await docker('rmi', name);
    }
    expect(await listPulled(start)).toEqual(['docker.io', 'quay.test']);
  });
});

describe('nodes of kind, set up by curl', () => {
  it('get the files of containerd, by a command inside each node', async () => {
    await using machine = await openClientMachine(CACHE_HOSTS);
    const nodes = join(machine.path, 'nodes');
    const bin = join(machine.path, 'bin');
    await mkdir(bin);
    // kind itself cannot run here, so two folders stand for its nodes.
    await writeFile(
      join(bin, 'kind'),
      '#!/bin/sh\n[ "$*" = "get nodes --name lab" ] && echo a b\n',
    );
    const asNode = `#!/bin/sh\n[ "$1 $2 $4" = "exec -i sh" ] && ROOT=${nodes}/$3 exec sh\n`;
    await writeFile(join(bin, 'docker'), asNode);
    await machine.run('chmod', ['+x', join(bin, 'kind'), join(bin, 'docker')]);
    const line = await command.print('kind', '--curl');
    const result = await machine.sh(`export KIND_CLUSTER_NAME=lab PATH=${bin}:$PATH; ${line}`);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    await machine.sh(await command.print('containerd', '--curl'));
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
