import { createCraneMachineClient, createOrasMachineClient } from '@registry-cache/testbed';
import { trustInSystem } from './trust.ts';
import { describeWays } from './ways.ts';

describeWays({
  crane: {
    suite: 'sid',
    setUp: async (machine, cache) => {
      await trustInSystem(machine, cache);
      return createCraneMachineClient(machine);
    },
  },
  oras: {
    suite: 'trixie',
    setUp: async (machine, cache) => {
      await trustInSystem(machine, cache);
      return createOrasMachineClient(machine);
    },
    // Its request is a HEAD, and that response has no message.
    unserved: /unserved\.test\/team\/app:v1: not found/,
  },
});
