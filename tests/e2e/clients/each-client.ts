import {
  basicAuthorization,
  createBuildKitMachineClient,
  createCraneMachineClient,
  createCriMachineClient,
  createCtrMachineClient,
  createDockerMachineClient,
  createOrasMachineClient,
  createSkopeoMachineClient,
  createStorageMachineClient,
  type DebianSuite,
  type Machine,
  type MachineClient,
  startContainerd,
  startDocker,
} from '@registry-cache/testbed';
import { CACHE, type Cache, type Registry } from './client-stage.ts';
import { setUpByCache } from './set-up.ts';
import { trustInContainers, trustInDocker, trustInSystem } from './trust.ts';

/** A client, and what it shows of a refusal. */
export interface EachClient {
  /** The release of Debian that has it. */
  readonly suite: DebianSuite;
  setUp(machine: Machine, cache: Cache): Promise<MachineClient>;
  readonly registry: Registry;
  /** An image's name for this client, from `quay.io/team/app:v1`. */
  nameOf(image: string): string;
  /** What it prints in place of the cache's own words. */
  readonly refusal?: RegExp;
  /** The same, where it has no login and one could help. */
  readonly loginNeeded?: RegExp;
  /** It goes on with the token of an earlier login for an image, as long as that token counts. */
  readonly keepsTokens?: true;
}

type Create = (machine: Machine) => MachineClient;

const BY_NAME = {
  registry: 'quay.io',
  nameOf: (image: string) => `${CACHE}/${image}`,
} as const;
const OWN_NAME = { registry: 'quay.io', nameOf: (image: string) => image } as const;

/** Their request is a HEAD, and that response has no message. */
const STATUS_ALONE = { refusal: /403 Forbidden/, loginNeeded: /401 Unauthorized/ };

function byContainers(suite: DebianSuite, create: Create): EachClient {
  const setUp: EachClient['setUp'] = async (machine, cache) => {
    await trustInContainers(machine, cache);
    return create(machine);
  };
  return { suite, setUp, ...BY_NAME };
}

function bySystem(suite: DebianSuite, create: Create): EachClient {
  const setUp: EachClient['setUp'] = async (machine, cache) => {
    await trustInSystem(machine, cache);
    return create(machine);
  };
  return { suite, setUp, ...BY_NAME };
}

function byDocker(suite: DebianSuite, create: Create): EachClient {
  const setUp: EachClient['setUp'] = async (machine, cache) => {
    await trustInDocker(machine, cache);
    // For a token BuildKit uses the system's certificates only.
    await trustInSystem(machine, cache);
    await startDocker(machine);
    return create(machine);
  };
  return { suite, setUp, ...BY_NAME };
}

function byContainerd(suite: DebianSuite, create: Create): EachClient {
  const setUp: EachClient['setUp'] = async (machine, cache) => {
    await setUpByCache(machine, cache, 'containerd');
    await startContainerd(machine);
    return create(machine);
  };
  return { suite, setUp, ...BY_NAME, ...STATUS_ALONE };
}

const podman: Create = (machine) => createStorageMachineClient(machine, 'podman');

const PODMAN_MIRROR: EachClient = {
  suite: 'trixie',
  setUp: async (machine, cache) => {
    await setUpByCache(machine, cache, 'podman');
    return podman(machine);
  },
  ...OWN_NAME,
};

/** After a refusal it goes on to Docker Hub, and shows that error alone. */
const DOCKER_MIRROR: EachClient = {
  suite: 'sid',
  setUp: async (machine, cache) => {
    await setUpByCache(machine, cache, 'docker');
    await startDocker(machine);
    return {
      ...createDockerMachineClient(machine),
      // `docker login` would ask Docker Hub, whose login the daemon sends to its mirrors.
      login: async (_registry, credentials) => {
        const auth = basicAuthorization(credentials).replace(/^Basic /, '');
        const auths = { 'https://index.docker.io/v1/': { auth } };
        await machine.write('/root/.docker/config.json', JSON.stringify({ auths }));
        return { exitCode: 0, stdout: '', stderr: '' };
      },
    };
  },
  registry: 'docker.io',
  nameOf: (image) => image.replace('docker.io/', ''),
  refusal: /registry-1\.docker\.io/,
};

export const EACH_CLIENT: Readonly<Record<string, EachClient>> = {
  'podman 4': byContainers('bookworm', podman),
  'podman 5': byContainers('trixie', podman),
  'podman 5 with a mirror': PODMAN_MIRROR,
  'skopeo 1.18': byContainers('trixie', createSkopeoMachineClient),
  crane: bySystem('sid', createCraneMachineClient),
  oras: bySystem('trixie', createOrasMachineClient),
  'docker 20.10': byDocker('bookworm', createDockerMachineClient),
  'docker 28': byDocker('sid', createDockerMachineClient),
  'docker 28 with a mirror': DOCKER_MIRROR,
  'BuildKit of docker 20.10': {
    ...byDocker('bookworm', createBuildKitMachineClient),
    ...STATUS_ALONE,
  },
  'BuildKit of docker 28': {
    ...byDocker('sid', createBuildKitMachineClient),
    ...STATUS_ALONE,
    keepsTokens: true,
  },
  'containerd 1.6 by ctr': byContainerd('bookworm', createCtrMachineClient),
  'containerd 1.6 by CRI': byContainerd('bookworm', createCriMachineClient),
  'containerd 2 by ctr': byContainerd('sid', createCtrMachineClient),
  'containerd 2 by CRI': byContainerd('sid', createCriMachineClient),
  'containerd 2 by CRI, path': { ...byContainerd('sid', createCriMachineClient), ...OWN_NAME },
};
