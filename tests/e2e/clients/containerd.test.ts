import {
  CERTS_D,
  createCriPuller,
  createCtrPuller,
  type DebianSuite,
  type Machine,
  type Puller,
  startContainerd,
} from '@registry-cache/testbed';
import { CACHE, type Cache, type Registry } from './client-stage.ts';
import { describeWays, type Way } from './ways.ts';

type CreatePuller = (machine: Machine) => Puller;

const CA_FILE = '/etc/containerd/cache.crt';

/** By the cache's name: a host like any other. */
function byName(suite: DebianSuite, createPuller: CreatePuller): Way {
  return {
    suite,
    setUp: async (machine, cache) => {
      await writeHosts(machine, cache, CACHE, `[host."https://${CACHE}"]`);
      return startAnd(createPuller, machine);
    },
    // It asks by HEAD, whose answer has no message.
    unserved: /unserved\.test\/team\/app:v1: not found/,
  };
}

/** The image keeps its name; each registry has a folder of its own. */
function byRegistry(suite: DebianSuite, createPuller: CreatePuller): Way {
  return {
    suite,
    setUp: async (machine, cache) => {
      const host = `[host."https://${CACHE}/v2/quay.io"]\n  override_path = true`;
      await writeHosts(machine, cache, 'quay.io', host);
      return startAnd(createPuller, machine);
    },
    ...OWN_NAMES,
  };
}

/** One file for all registries: containerd says by `ns` which one it means. */
function byNamespace(suite: DebianSuite, createPuller: CreatePuller, registry?: Registry): Way {
  return {
    suite,
    ...(registry && { registry }),
    setUp: async (machine, cache) => {
      await writeHosts(machine, cache, '_default', `[host."https://${CACHE}"]`);
      return startAnd(createPuller, machine);
    },
    ...OWN_NAMES,
  };
}

const OWN_NAMES: Pick<Way, 'name' | 'unserved'> = {
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'from the origin',
};

async function writeHosts(
  machine: Machine,
  cache: Cache,
  registry: string,
  host: string,
): Promise<void> {
  await machine.write(CA_FILE, cache.ca);
  // Once for the server too, which is asked after the host and knows nothing of the host's.
  const server = registry === CACHE ? `server = "https://${CACHE}"\nca = "${CA_FILE}"\n` : '';
  await machine.write(
    `${CERTS_D}/${registry}/hosts.toml`,
    `${server}${host}
  capabilities = ["pull", "resolve"]
  ca = "${CA_FILE}"
`,
  );
}

async function startAnd(createPuller: CreatePuller, machine: Machine): Promise<Puller> {
  await startContainerd(machine);
  return createPuller(machine);
}

describeWays({
  'containerd 1.6 by ctr': byName('bookworm', createCtrPuller),
  'containerd 1.6 by ctr, override_path': byRegistry('bookworm', createCtrPuller),
  'containerd 1.6 by ctr, ns': byNamespace('bookworm', createCtrPuller),
  'containerd 1.6 by CRI': byName('bookworm', createCriPuller),
  'containerd 1.6 by CRI, override_path': byRegistry('bookworm', createCriPuller),
  'containerd 1.6 by CRI, ns': byNamespace('bookworm', createCriPuller),
  'containerd 1.6 by CRI, ns of docker.io': byNamespace('bookworm', createCriPuller, 'docker.io'),
  'containerd 2 by ctr': byName('sid', createCtrPuller),
  'containerd 2 by ctr, override_path': byRegistry('sid', createCtrPuller),
  'containerd 2 by ctr, ns': byNamespace('sid', createCtrPuller),
  'containerd 2 by CRI': byName('sid', createCriPuller),
  'containerd 2 by CRI, override_path': byRegistry('sid', createCriPuller),
  'containerd 2 by CRI, ns': byNamespace('sid', createCriPuller),
  'containerd 2 by CRI, ns of docker.io': byNamespace('sid', createCriPuller, 'docker.io'),
});
