import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CommandOptions, type CommandResult, runCommand } from '../run-command.ts';
import { type DebianSuite, findClientRoot } from './client-root.ts';
import { openNamespace } from './namespace.ts';

/** A machine for clients: its own Debian with its own /etc, on this machine's network or another. */
export interface Machine extends AsyncDisposable {
  readonly suite: DebianSuite;
  /** Runs a program to its end, as root and with its own environment. */
  run(file: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts a program, which ends with the machine at the latest. Its output is `log`. */
  start(
    name: string,
    file: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<MachineDaemon>;
  /** Also makes the parent folders. */
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** The outside path of a file or socket of this machine. */
  outside(path: string): string;
  stop(): Promise<void>;
}

export interface MachineDaemon {
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface MachineOptions {
  readonly suite: DebianSuite;
  /** The address of each known name. The machine asks no DNS server. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The pid of a process whose network it is on. Default this machine's. */
  readonly networkOf?: number;
}

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/**
 * The machine is a mount namespace over the release's root filesystem, without a boot. Files
 * written on it are in memory and end with it.
 * @throws if the release's root filesystem is missing; `scripts/test` makes it.
 */
export async function openMachine({ suite, hosts, networkOf }: MachineOptions): Promise<Machine> {
  const namespace = await openNamespace(await findClientRoot(suite), networkOf);
  const outside = (path: string) => join(namespace.root, path);
  const write = async (path: string, text: string) => {
    await mkdir(dirname(outside(path)), { recursive: true });
    await writeFile(outside(path), text);
  };
  const lines = Object.entries({ localhost: '127.0.0.1', ...hosts });
  await write('/etc/hosts', lines.map(([name, address]) => `${address} ${name}\n`).join(''));
  // No server listens there, so a lookup of an unknown name fails at once.
  await write('/etc/resolv.conf', 'nameserver 127.0.0.1\n');
  return {
    suite,
    run: (file, args, { env = {}, ...options } = {}) => {
      const [entering = '', ...command] = [
        ...namespace.enter,
        'env',
        '--ignore-environment',
        ...Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`),
        file,
        ...args,
      ];
      return runCommand(entering, command, options);
    },
    start: async (name, file, args, env = {}) => {
      const logFile = outside(`/var/log/${name}.log`);
      const plan = { file, args, env: { ...ENVIRONMENT, ...env }, logFile };
      const daemon = await namespace.startDaemon(plan);
      return { log: () => readFile(logFile, 'utf8'), stop: daemon.stop };
    },
    write,
    outside,
    read: (path) => readFile(outside(path), 'utf8'),
    stop: namespace.close,
    [Symbol.asyncDispose]: namespace.close,
  };
}
