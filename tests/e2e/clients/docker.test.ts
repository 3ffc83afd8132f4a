import {
  createBuildKitPuller,
  createDockerPuller,
  type Machine,
  type Puller,
  startDocker,
} from '@registry-cache/testbed';
import type { Cache } from './client-stage.ts';
import { trustInDocker } from './trust.ts';
import { describeWays, type Way } from './ways.ts';

function byName(createPuller: (machine: Machine) => Puller): Way['setUp'] {
  return async (machine: Machine, cache: Cache) => {
    await trustInDocker(machine, cache);
    await startDocker(machine);
    return createPuller(machine);
  };
}

describeWays({
  'docker 20.10': { suite: 'bookworm', setUp: byName(createDockerPuller) },
  'BuildKit of docker 20.10': { suite: 'bookworm', setUp: byName(createBuildKitPuller) },
  'docker 28': { suite: 'sid', setUp: byName(createDockerPuller) },
  'BuildKit of docker 28': { suite: 'sid', setUp: byName(createBuildKitPuller) },
});
