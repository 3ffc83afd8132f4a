import type { Machine } from '../machine/machine.ts';
import { demand, loginBy, type MachineClient } from './machine-client.ts';

/** podman and buildah have the same library and the same commands. */
export function createStorageMachineClient(
  machine: Machine,
  program: 'podman' | 'buildah',
): MachineClient {
  return {
    pull: (reference) => machine.run(program, ['pull', '--quiet', reference]),
    removeImages: () => demand(machine.run(program, ['rmi', '--all', '--force'])),
    login: loginBy(machine, program),
  };
}

export function createSkopeoMachineClient(machine: Machine): MachineClient {
  const folder = '/tmp/copied';
  return {
    pull: (reference) => machine.run('skopeo', ['copy', `docker://${reference}`, `dir:${folder}`]),
    removeImages: () => demand(machine.run('rm', ['-r', folder])),
    login: loginBy(machine, 'skopeo'),
  };
}
