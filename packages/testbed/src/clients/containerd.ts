import type { Credentials } from '../http-client.ts';
import type { Machine, MachineDaemon } from '../machine/machine.ts';
import { until } from '../until.ts';
import { demand, type MachineClient } from './machine-client.ts';

const CERTS_D = '/etc/containerd/certs.d';
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** The client that asks is a program of its own, so it does not ask too often. */
const WAIT = { timeoutMs: 60_000, intervalMs: 250 };

/** Starts containerd and waits until it answers. It ends with the machine. */
export async function startContainerd(
  machine: Machine,
  env: Readonly<Record<string, string>> = {},
): Promise<MachineDaemon> {
  const daemon = await machine.start('containerd', 'containerd', [], env);
  const answers = async () => (await machine.run('ctr', ['version'])).exitCode === 0;
  await until('containerd answers', answers, WAIT).catch(async (cause) => {
    throw new Error(`containerd did not start:\n${await daemon.log()}`, { cause });
  });
  return daemon;
}

/** `ctr` ignores the daemon's config_path, so it needs the folder of the hosts.toml files. */
export function createCtrMachineClient(machine: Machine): MachineClient {
  let login: Credentials | undefined;
  return {
    pull: (reference) =>
      machine.run('ctr', [
        'images',
        'pull',
        `--hosts-dir=${CERTS_D}`,
        ...(login === undefined ? [] : [`--user=${login.username}:${login.password}`]),
        reference,
      ]),
    removeImages: async () => {
      const { stdout } = await machine.run('ctr', ['images', 'list', '--quiet']);
      const images = stdout.split('\n').filter((line) => line !== '');
      await demand(machine.run('ctr', ['images', 'remove', '--sync', ...images]));
    },
    login: async (_registry, credentials) => {
      login = credentials;
      return { exitCode: 0, stdout: '', stderr: '' };
    },
  };
}
