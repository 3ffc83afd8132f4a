import {
  createBuildKitMachineClient,
  createDockerMachineClient,
  type Machine,
  type MachineClient,
  startDocker,
} from '@registry-cache/testbed';
import type { Cache } from './client-stage.ts';
import { setUpByCache, writeLogin } from './set-up.ts';
import { trustInDocker, trustInSystem } from './trust.ts';
import { describeWays, type Way } from './ways.ts';

type WayOptions = Omit<Way, 'suite'>;

async function setUpMirror(machine: Machine, cache: Cache): Promise<MachineClient> {
  await setUpByCache(machine, cache, 'docker');
  await startDocker(machine);
  return createDockerMachineClient(machine);
}

/** docker with containerd's image store sends `ns`, as containerd does. */
async function setUpStore(machine: Machine, cache: Cache): Promise<MachineClient> {
  await setUpByCache(machine, cache, 'docker');
  await addSettings(machine, { features: { 'containerd-snapshotter': true } });
  await startDocker(machine);
  return {
    ...createDockerMachineClient(machine),
    // It never sends a login to a mirror.
    login: async (registry, credentials) => {
      await writeLogin(machine, `/etc/docker/certs.d/${registry}/hosts.toml`, credentials);
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
}

async function addSettings(machine: Machine, settings: object): Promise<void> {
  const file = '/etc/docker/daemon.json';
  const present = JSON.parse(await machine.read(file)) as object;
  await machine.write(file, JSON.stringify({ ...present, ...settings }));
}

const DOCKER: WayOptions = {
  setUp: async (machine, cache) => {
    await trustInDocker(machine, cache);
    await startDocker(machine);
    return createDockerMachineClient(machine);
  },
};

/** An image of Docker Hub keeps its name. The daemon's mirrors are for those images only. */
const OF_DOCKER_HUB: Omit<WayOptions, 'setUp'> = {
  registry: 'docker.io',
  name: (registry, repository) =>
    registry === 'docker.io' ? `${repository}:v1` : `${registry}/${repository}:v1`,
  unserved: 'pulled directly',
};

// The daemon sends its login for Docker Hub to the mirrors.
const MIRROR: WayOptions = { setUp: setUpMirror, ...OF_DOCKER_HUB, loginTo: 'docker.io' };

const BUILDKIT: WayOptions = {
  setUp: async (machine, cache) => {
    // For a token it uses the system's certificates only.
    await trustInSystem(machine, cache);
    await startDocker(machine);
    return createBuildKitMachineClient(machine);
  },
  // Its request is a HEAD, and that response has no message.
  unserved: /unserved\.test\/team\/app:v1: not found/,
};

const BUILDKIT_MIRROR: WayOptions = {
  setUp: async (machine, cache) => {
    await trustInSystem(machine, cache);
    await setUpMirror(machine, cache);
    return createBuildKitMachineClient(machine);
  },
  ...OF_DOCKER_HUB,
};

const STORE_MIRROR: WayOptions = { setUp: setUpStore, ...OF_DOCKER_HUB, loginTo: 'docker.io' };

/** The hosts.toml files of the set-up are for any registry, but only this store reads them. */
const STORE_HOSTS: WayOptions = {
  setUp: setUpStore,
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'pulled directly',
  loginTo: 'quay.io',
};

describeWays({
  'docker 20.10': { suite: 'bookworm', ...DOCKER },
  'docker 20.10 with a mirror': { suite: 'bookworm', ...MIRROR },
  'BuildKit of docker 20.10': { suite: 'bookworm', ...BUILDKIT },
  'BuildKit of docker 20.10 with a mirror': { suite: 'bookworm', ...BUILDKIT_MIRROR },
  'docker 28': { suite: 'sid', ...DOCKER },
  'docker 28 with a mirror': { suite: 'sid', ...MIRROR },
  'docker 28, images in containerd, with a mirror': { suite: 'sid', ...STORE_MIRROR },
  'docker 28, images in containerd, with hosts.toml': { suite: 'sid', ...STORE_HOSTS },
  'BuildKit of docker 28': { suite: 'sid', ...BUILDKIT },
  'BuildKit of docker 28 with a mirror': { suite: 'sid', ...BUILDKIT_MIRROR },
});
