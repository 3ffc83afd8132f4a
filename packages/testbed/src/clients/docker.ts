import type { Machine, MachineDaemon } from '../machine/machine.ts';
import { until } from '../until.ts';
import { demand, loginBy, type MachineClient } from './machine-client.ts';

/** Without networks, because the daemon would share them with this machine's daemon. */
const WITHOUT_NETWORKS = [
  '--bridge=none',
  '--iptables=false',
  '--ip6tables=false',
  '--ip-forward=false',
];

/** The client that asks is a program of its own, so it does not ask too often. */
const WAIT = { timeoutMs: 60_000, intervalMs: 250 };

/** Starts dockerd and waits until it answers. It ends with the machine. */
export async function startDocker(
  machine: Machine,
  env: Readonly<Record<string, string>> = {},
): Promise<MachineDaemon> {
  const daemon = await machine.start('dockerd', 'dockerd', WITHOUT_NETWORKS, env);
  const answers = async () => (await machine.run('docker', ['version'])).exitCode === 0;
  await until('dockerd answers', answers, WAIT).catch(async (cause) => {
    throw new Error(`dockerd did not start:\n${await daemon.log()}`, { cause });
  });
  return daemon;
}

export function createDockerMachineClient(machine: Machine): MachineClient {
  return {
    pull: (reference) => machine.run('docker', ['pull', '--quiet', reference]),
    removeImages: () => demand(machine.run('docker', ['image', 'prune', '--all', '--force'])),
    login: loginBy(machine, 'docker'),
  };
}

/** BuildKit pulls the image of FROM by itself, and its layers because a file is copied. */
export function createBuildKitMachineClient(machine: Machine): MachineClient {
  return {
    ...createDockerMachineClient(machine),
    pull: (reference) =>
      machine.run('docker', ['build', '--progress=plain', '--pull', '-'], {
        env: { DOCKER_BUILDKIT: '1' },
        input: `FROM ${reference} AS base\nFROM scratch\nCOPY --from=base /layer-0.bin /\n`,
      }),
    removeImages: async () => {
      await demand(machine.run('docker', ['image', 'prune', '--all', '--force']));
      await demand(machine.run('docker', ['builder', 'prune', '--all', '--force']));
    },
  };
}
