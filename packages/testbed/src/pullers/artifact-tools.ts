import type { Machine } from '../machine/machine.ts';
import { demand, loginBy, type Puller } from './puller.ts';

/** go-containerregistry's program. */
export function createCranePuller(machine: Machine): Puller {
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

export function createOrasPuller(machine: Machine): Puller {
  const folder = '/tmp/pulled';
  return {
    pull: (reference) =>
      machine.run('oras', ['copy', reference, '--to-oci-layout', `${folder}:pulled`]),
    removeImages: () => demand(machine.run('rm', ['-r', folder])),
    login: loginBy(machine, 'oras'),
  };
}
