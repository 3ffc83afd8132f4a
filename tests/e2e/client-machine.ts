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

/** This machine as a client before its set-up, with an /etc of its own. */
export interface ClientMachine extends AsyncDisposable {
  /** Its own folder, with the same path inside and outside. */
  readonly path: string;
  run(file: string, args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** A line of POSIX shell. */
  sh(line: string, options?: CommandOptions): Promise<CommandResult>;
  /** Starts a daemon there and waits until `isUp`. The daemon ends with the machine. */
  start(file: string, args: readonly string[], isUp: () => Promise<boolean>): Promise<void>;
}

/**
 * Files below /etc are written to the machine's folder, so tests can use the real paths. The
 * machine is a mount namespace that a process of ours holds open. This needs root.
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

/** The mounts end with the namespace. Clients of other machines do not see these folders. */
const PREPARE = `
folder=$1; shift
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/upper,workdir=$folder/work" /etc
mount -t tmpfs tmpfs /opt
rm -rf /etc/containerd /etc/docker /etc/containers/registries.conf.d /etc/containers/certs.d
printf %s "$@" >>/etc/hosts
echo ready
exec sleep infinity`;

/** The kernel ends the process together with this one, also after a crash. */
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
    /** The end of its output. */
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stop: async (signal: NodeJS.Signals) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await ended;
    },
  };
}
