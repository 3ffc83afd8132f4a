import {
  createCriPuller,
  createCtrPuller,
  type Machine,
  type Puller,
  startContainerd,
} from '@registry-cache/testbed';
import type { Cache } from './client-stage.ts';
import { setUpByCache } from './set-up.ts';
import { describeWays, type Way } from './ways.ts';

type CreatePuller = (machine: Machine) => Puller;
type Words = Omit<Way, 'suite'>;

/** The set-up `containerd` has a folder for each registry, `containerd-default` one for all. */
function setUp(client: 'containerd' | 'containerd-default', createPuller: CreatePuller) {
  return async (machine: Machine, cache: Cache): Promise<Puller> => {
    await setUpByCache(machine, cache, client);
    await startContainerd(machine);
    return createPuller(machine);
  };
}

/** By the cache's name: a host like any other. */
const byName = (createPuller: CreatePuller): Words => ({
  setUp: setUp('containerd', createPuller),
  // It asks by HEAD, whose answer has no message.
  unserved: /unserved\.test\/team\/app:v1: not found/,
});

const OWN_NAMES: Omit<Words, 'setUp'> = {
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'from the origin',
};

/** The image keeps its name, and the registry is in the path (and in `ns`). */
const byPath = (createPuller: CreatePuller): Words => ({
  setUp: setUp('containerd', createPuller),
  ...OWN_NAMES,
});

/** Only `ns` says which registry is meant. */
const byNamespace = (createPuller: CreatePuller): Words => ({
  setUp: setUp('containerd-default', createPuller),
  ...OWN_NAMES,
});

const OF_DOCKER_HUB: Words = { ...byNamespace(createCriPuller), registry: 'docker.io' };

describeWays({
  'containerd 1.6 by ctr': { suite: 'bookworm', ...byName(createCtrPuller) },
  'containerd 1.6 by ctr, path': { suite: 'bookworm', ...byPath(createCtrPuller) },
  'containerd 1.6 by ctr, ns': { suite: 'bookworm', ...byNamespace(createCtrPuller) },
  'containerd 1.6 by CRI': { suite: 'bookworm', ...byName(createCriPuller) },
  'containerd 1.6 by CRI, path': { suite: 'bookworm', ...byPath(createCriPuller) },
  'containerd 1.6 by CRI, ns': { suite: 'bookworm', ...byNamespace(createCriPuller) },
  'containerd 1.6 by CRI, ns of docker.io': { suite: 'bookworm', ...OF_DOCKER_HUB },
  'containerd 2 by ctr': { suite: 'sid', ...byName(createCtrPuller) },
  'containerd 2 by ctr, path': { suite: 'sid', ...byPath(createCtrPuller) },
  'containerd 2 by ctr, ns': { suite: 'sid', ...byNamespace(createCtrPuller) },
  'containerd 2 by CRI': { suite: 'sid', ...byName(createCriPuller) },
  'containerd 2 by CRI, path': { suite: 'sid', ...byPath(createCriPuller) },
  'containerd 2 by CRI, ns': { suite: 'sid', ...byNamespace(createCriPuller) },
  'containerd 2 by CRI, ns of docker.io': { suite: 'sid', ...OF_DOCKER_HUB },
});
