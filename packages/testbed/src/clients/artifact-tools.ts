import type { Machine } from '../machine/machine.ts';
import { demand, loginBy, type MachineClient } from './machine-client.ts';

/** go-containerregistry's program. */
export function createCraneMachineClient(machine: Machine): MachineClient {
  const file = '/tmp/pulled.tar';
  return {
    pull: (reference) => machine.run('crane', ['pull', reference, file]),
    removeImages: () => demand(machine.run('rm', [file])),
    login: (registry, { username, password }) =>
      machine.run('crane', ['auth', 'login', registry, '-u', username, '--password-stdin'], {
        input: password,
      }),
  };
}

export function createOrasMachineClient(machine: Machine): MachineClient {
  const folder = '/tmp/pulled';
  return {
    pull: (reference) =>
      machine.run('oras', ['copy', reference, '--to-oci-layout', `${folder}:pulled`]),
    removeImages: () => demand(machine.run('rm', ['-r', folder])),
    login: loginBy(machine, 'oras'),
  };
}
