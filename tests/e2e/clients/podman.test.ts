import { createStorageMachineClient, type Machine } from '@registry-cache/testbed';
import { type Cache, QUAY_CACHE } from './client-stage.ts';
import { setUpByCache } from './set-up.ts';
import { trustInContainers } from './trust.ts';
import { byPrefix, describeWays, type Way } from './ways.ts';

async function setUpPodman(machine: Machine, cache: Cache) {
  await trustInContainers(machine, cache);
  return createStorageMachineClient(machine, 'podman');
}

async function setUpBuildah(machine: Machine, cache: Cache) {
  await trustInContainers(machine, cache);
  return createStorageMachineClient(machine, 'buildah');
}

/** The image keeps its name, and the cache is asked first. */
const MIRROR: Omit<Way, 'suite'> = {
  setUp: async (machine, cache) => {
    await setUpByCache(machine, cache, 'podman');
    return createStorageMachineClient(machine, 'podman');
  },
  name: (registry, repository) => `${registry}/${repository}:v1`,
  unserved: 'pulled directly',
};

/** The registry is in the cache's host name. */
const HOST_NAME: Omit<Way, 'suite'> = {
  setUp: async (machine, cache) => {
    await machine.write(`/etc/containers/certs.d/${QUAY_CACHE}/ca.crt`, cache.ca);
    return setUpPodman(machine, cache);
  },
  name: (registry, repository) =>
    registry === 'quay.io' ? `${QUAY_CACHE}/${repository}:v1` : byPrefix(registry, repository),
  loginTo: QUAY_CACHE,
};

describeWays({
  'podman 4': { suite: 'bookworm', setUp: setUpPodman },
  'podman 4 with a mirror': { suite: 'bookworm', ...MIRROR },
  'podman 4 by host name': { suite: 'bookworm', ...HOST_NAME },
  'podman 5': { suite: 'trixie', setUp: setUpPodman },
  'podman 5 with a mirror': { suite: 'trixie', ...MIRROR },
  'buildah 1.28': { suite: 'bookworm', setUp: setUpBuildah },
});
