import { createBuildKitPuller, createDockerPuller, startDocker } from '@registry-cache/testbed';
import { trustInDocker, trustInSystem } from './trust.ts';
import { describeWays, type Way } from './ways.ts';

const DOCKER: Omit<Way, 'suite'> = {
  setUp: async (machine, cache) => {
    await trustInDocker(machine, cache);
    await startDocker(machine);
    return createDockerPuller(machine);
  },
};

const BUILDKIT: Omit<Way, 'suite'> = {
  setUp: async (machine, cache) => {
    // For a token it looks into the system's certificates only.
    await trustInSystem(machine, cache);
    await startDocker(machine);
    return createBuildKitPuller(machine);
  },
  // It asks by HEAD, whose answer has no message.
  unserved: /unserved\.test\/team\/app:v1: not found/,
};

describeWays({
  'docker 20.10': { suite: 'bookworm', ...DOCKER },
  'BuildKit of docker 20.10': { suite: 'bookworm', ...BUILDKIT },
  'docker 28': { suite: 'sid', ...DOCKER },
  'BuildKit of docker 28': { suite: 'sid', ...BUILDKIT },
});
