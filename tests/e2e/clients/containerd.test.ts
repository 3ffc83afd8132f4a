import {
  createCriMachineClient,
  createCtrMachineClient,
  type Machine,
  type MachineClient,
  startContainerd,
} from '@registry-cache/testbed';
import type { Cache } from './client-stage.ts';
import { setUpByCache } from './set-up.ts';
import { describeWays, type Way } from './ways.ts';

type CreateClient = (machine: Machine) => MachineClient;
type WayOptions = Omit<Way, 'suite'>;

/** The set-up `containerd` has a folder for each registry, `containerd-default` one for all. */
function setUp(client: 'containerd' | 'containerd-default', createClient: CreateClient) {
  return async (machine: Machine, cache: Cache): Promise<MachineClient> => {
    await setUpByCache(machine, cache, client);
    await startContainerd(machine);
    return createClient(machine);
  };
}

/** By the cache's name, as for any other host. */
const byName = (createClient: CreateClient): WayOptions => ({
  setUp: setUp('containerd', createClient),
  // Its request is a HEAD, and that response has no message.
  unserved: /unserved\.test\/team\/app:v1: not found/,
});

const OWN_NAMES: Omit<WayOptions, 'setUp'> = {
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'pulled directly',
};

/** The image keeps its name. The registry is in the path and in `ns`. */
const byPath = (createClient: CreateClient): WayOptions => ({
  setUp: setUp('containerd', createClient),
  ...OWN_NAMES,
});

/** Only `ns` names the registry. */
const byNamespace = (createClient: CreateClient): WayOptions => ({
  setUp: setUp('containerd-default', createClient),
  ...OWN_NAMES,
});

const OF_DOCKER_HUB: WayOptions = { ...byNamespace(createCriMachineClient), registry: 'docker.io' };

describeWays({
  'containerd 1.6 by ctr': { suite: 'bookworm', ...byName(createCtrMachineClient) },
  'containerd 1.6 by ctr, path': { suite: 'bookworm', ...byPath(createCtrMachineClient) },
  'containerd 1.6 by ctr, ns': { suite: 'bookworm', ...byNamespace(createCtrMachineClient) },
  'containerd 1.6 by CRI': { suite: 'bookworm', ...byName(createCriMachineClient) },
  'containerd 1.6 by CRI, path': { suite: 'bookworm', ...byPath(createCriMachineClient) },
  'containerd 1.6 by CRI, ns': { suite: 'bookworm', ...byNamespace(createCriMachineClient) },
  'containerd 1.6 by CRI, ns of docker.io': { suite: 'bookworm', ...OF_DOCKER_HUB },
  'containerd 2 by ctr': { suite: 'sid', ...byName(createCtrMachineClient) },
  'containerd 2 by ctr, path': { suite: 'sid', ...byPath(createCtrMachineClient) },
  'containerd 2 by ctr, ns': { suite: 'sid', ...byNamespace(createCtrMachineClient) },
  'containerd 2 by CRI': { suite: 'sid', ...byName(createCriMachineClient) },
  'containerd 2 by CRI, path': { suite: 'sid', ...byPath(createCriMachineClient) },
  'containerd 2 by CRI, ns': { suite: 'sid', ...byNamespace(createCriMachineClient) },
  'containerd 2 by CRI, ns of docker.io': { suite: 'sid', ...OF_DOCKER_HUB },
});
