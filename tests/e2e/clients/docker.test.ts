import {
  createBuildKitPuller,
  createDockerPuller,
  type DockerSettings,
  type Machine,
  type Puller,
  startDocker,
} from '@registry-cache/testbed';
import { CACHE, type Cache } from './client-stage.ts';
import { trustInDocker, trustInSystem } from './trust.ts';
import { describeWays, type Way } from './ways.ts';

type Words = Omit<Way, 'suite'>;

const MIRROR: DockerSettings = { 'registry-mirrors': [`https://${CACHE}`] };

async function setUpDocker(machine: Machine, cache: Cache, settings?: DockerSettings) {
  await trustInDocker(machine, cache);
  await startDocker(machine, settings);
  return createDockerPuller(machine);
}

async function setUpBuildKit(
  machine: Machine,
  cache: Cache,
  settings?: DockerSettings,
): Promise<Puller> {
  // For a token it looks into the system's certificates only.
  await trustInSystem(machine, cache);
  await startDocker(machine, settings);
  return createBuildKitPuller(machine);
}

/** An image of Docker Hub, which keeps its name; the daemon's mirrors are for those alone. */
const OF_DOCKER_HUB: Omit<Words, 'setUp'> = {
  registry: 'docker.io',
  name: (registry, repository) =>
    registry === 'docker.io' ? `${repository}:v1` : `${registry}/${repository}:v1`,
  unserved: 'from the origin',
};

const DOCKER: Words = { setUp: setUpDocker };

const DOCKER_MIRROR: Words = {
  setUp: (machine, cache) => setUpDocker(machine, cache, MIRROR),
  ...OF_DOCKER_HUB,
  // It sends the mirror what it knows of Docker Hub.
  loginTo: 'docker.io',
};

const BUILDKIT: Words = {
  setUp: setUpBuildKit,
  // It asks by HEAD, whose answer has no message.
  unserved: /unserved\.test\/team\/app:v1: not found/,
};

const BUILDKIT_MIRROR: Words = {
  setUp: (machine, cache) => setUpBuildKit(machine, cache, MIRROR),
  ...OF_DOCKER_HUB,
};

/** docker with containerd's image store asks as containerd does, by `ns`. */
const CONTAINERD_STORE: DockerSettings = { features: { 'containerd-snapshotter': true } };

const STORE_MIRROR: Words = {
  setUp: (machine, cache) => setUpDocker(machine, cache, { ...MIRROR, ...CONTAINERD_STORE }),
  ...OF_DOCKER_HUB,
};

/** It also reads hosts.toml, which is for any registry. */
const STORE_HOSTS: Words = {
  setUp: async (machine, cache) => {
    await machine.write(
      '/etc/docker/certs.d/quay.io/hosts.toml',
      `[host."https://${CACHE}"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/docker/certs.d/${CACHE}/ca.crt"
`,
    );
    return setUpDocker(machine, cache, CONTAINERD_STORE);
  },
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'from the origin',
};

describeWays({
  'docker 20.10': { suite: 'bookworm', ...DOCKER },
  'docker 20.10 with a mirror': { suite: 'bookworm', ...DOCKER_MIRROR },
  'BuildKit of docker 20.10': { suite: 'bookworm', ...BUILDKIT },
  'BuildKit of docker 20.10 with a mirror': { suite: 'bookworm', ...BUILDKIT_MIRROR },
  'docker 28': { suite: 'sid', ...DOCKER },
  'docker 28 with a mirror': { suite: 'sid', ...DOCKER_MIRROR },
  'docker 28, images in containerd, with a mirror': { suite: 'sid', ...STORE_MIRROR },
  'docker 28, images in containerd, with hosts.toml': { suite: 'sid', ...STORE_HOSTS },
  'BuildKit of docker 28': { suite: 'sid', ...BUILDKIT },
  'BuildKit of docker 28 with a mirror': { suite: 'sid', ...BUILDKIT_MIRROR },
});
