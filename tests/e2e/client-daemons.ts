import type { CommandResult } from '@registry-cache/testbed';
import type { ClientMachine } from './client-machine.ts';

/** Runs one command of the daemon's own client. */
export type Command = (...args: string[]) => Promise<CommandResult>;

/** containerd, by the machine's /etc/containerd. Its state is in the machine's folder. */
export async function startContainerd(machine: ClientMachine): Promise<Command> {
  const socket = `${machine.path}/containerd.sock`;
  const ctr: Command = (...args) => machine.run('ctr', [`--address=${socket}`, ...args]);
  const places = [`--root=${machine.path}/root`, `--state=${machine.path}/state`];
  await machine.start('containerd', [`--address=${socket}`, ...places], async () => {
    return (await ctr('version')).exitCode === 0;
  });
  return ctr;
}

/** A pull as kubelet asks for it, by hosts.toml. The image is removed afterwards. */
export async function pullByContainerd(ctr: Command, reference: string): Promise<CommandResult> {
  const result = await ctr('images', 'pull', '--hosts-dir=/etc/containerd/certs.d', reference);
  await ctr('images', 'rm', '--sync', reference);
  return result;
}

/** dockerd, by the machine's /etc/docker. All else that it needs is an argument. */
export async function startDocker(machine: ClientMachine): Promise<Command> {
  const socket = `unix://${machine.path}/docker.sock`;
  const env = { DOCKER_HOST: socket, DOCKER_CONFIG: `${machine.path}/docker-config` };
  const docker: Command = (...args) => machine.run('docker', args, { env });
  const places = ['data-root', 'exec-root'].map((name) => `--${name}=${machine.path}/${name}`);
  const quiet = ['--iptables=false', '--ip6tables=false', '--ip-forward=false', '--bridge=none'];
  const args = [`--host=${socket}`, `--pidfile=${machine.path}/docker.pid`, ...places, ...quiet];
  await machine.start('dockerd', args, async () => (await docker('version')).exitCode === 0);
  return docker;
}
