import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CommandOptions,
  type CommandResult,
  makeTemporaryFolder,
  runCommand,
  until,
} from '@registry-cache/testbed';

/** This machine as a client that nobody has set up yet: with an /etc of its own. */
export interface ClientMachine extends AsyncDisposable {
  /** A folder of its own, the same inside and outside. */
  readonly path: string;
  run(file: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** A line of POSIX shell. */
  sh(line: string, options?: CommandOptions): Promise<CommandResult>;
  /** Starts a daemon there and waits until `isUp`; it ends with the machine. */
  start(file: string, args: readonly string[], isUp: () => Promise<boolean>): Promise<void>;
}

/**
 * What is written below /etc stays in the machine's folder, so the real places can be used. The
 * machine is a mount namespace that a process of ours holds open; needs root.
 */
export async function openClientMachine(
  hosts: Readonly<Record<string, string>>,
): Promise<ClientMachine> {
  const folder = await makeTemporaryFolder('machine');
  const { path } = folder;
  for (const name of ['upper', 'work']) await mkdir(join(path, name));
  const names = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
  const holder = spawnTied('unshare', ['--mount', 'sh', '-euc', PREPARE, 'sh', path, ...names]);
  await until('the machine is prepared', () => holder.output() === 'ready\n');
  const inside = (file: string, args: readonly string[]) => [
    ...['--mount', `--target=${holder.pid}`, '--', file],
    ...args,
  ];
  const run: ClientMachine['run'] = (file, args, options) =>
    runCommand('nsenter', inside(file, args), options);
  const daemons: ReturnType<typeof spawnTied>[] = [];
  return {
    path,
    run,
    sh: (line, options) => run('sh', ['-c', line], options),
    start: async (file, args, isUp) => {
      const daemon = spawnTied('nsenter', inside(file, args));
      daemons.push(daemon);
      const isThere = async () => daemon.hasEnded() || (await isUp());
      await until(`${file} is up`, isThere, { timeoutMs: 60_000, intervalMs: 200 });
      if (daemon.hasEnded()) throw new Error(`${file} ended:\n${daemon.output()}`);
    },
    [Symbol.asyncDispose]: async () => {
      for (const daemon of daemons.reverse()) await daemon.stop('SIGTERM');
      await holder.stop('SIGKILL');
      await folder.remove();
    },
  };
}

/** The mounts end with the namespace. Nothing below these folders is for another machine's clients. */
const PREPARE = `
folder=$1; shift
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/upper,workdir=$folder/work" /etc
mount -t tmpfs tmpfs /opt
rm -rf /etc/containerd /etc/docker /etc/containers/registries.conf.d /etc/containers/certs.d
printf %s "$@" >>/etc/hosts
echo ready
exec sleep infinity`;

/** The kernel ends it with this process, also when nobody here is left to do so. */
function spawnTied(file: string, args: readonly string[]) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = `${output}${chunk}`.slice(-20_000);
    });
  }
  return {
    pid: child.pid,
    /** The end of what it has said. */
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: async (signal: NodeJS.Signals) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await ended;
    },
  };
}
