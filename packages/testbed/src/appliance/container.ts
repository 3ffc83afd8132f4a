import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { runAtExit } from '../at-exit.ts';
import { type CommandOptions, type CommandResult, runCommand, runOrThrow } from '../run-command.ts';
import { endByPodman } from './end.ts';
import { OWNER_LABEL } from './leftovers.ts';

/** One container, identified by its id. */
export interface Container {
  readonly id: string;
  isRunning(): Promise<boolean>;
  /**
   * The pid on this machine of its first process. Files and sockets of the container can be read
   * by it in a millisecond, where `exec` takes some hundred.
   */
  pid(): Promise<number>;
  exec(argv: readonly string[], options?: ExecOptions): Promise<CommandResult>;
  /** All of its output, standard output before standard error. */
  logs(): Promise<string>;
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL after the seconds given (default 10). */
  stop(graceSeconds?: number): Promise<void>;
  kill(signal?: string): Promise<void>;
  /** Waits until it ends by itself. */
  exitCode(): Promise<number>;
  /** Kills and removes it at once. To end it gracefully, call `stop` first. */
  remove(): Promise<void>;
}

export interface ExecOptions extends CommandOptions {
  readonly user?: string;
}

export interface ContainerOptions {
  /** Default true. False removes the route to other networks before the first process starts. */
  readonly hasRoute?: boolean | undefined;
}

/** Creates and starts a container. It is removed when this process ends at the latest. */
export async function runContainer(
  image: string,
  args: readonly string[],
  command: readonly string[] = [],
  { hasRoute = true }: ContainerOptions = {},
): Promise<Container> {
  const name = `registry-cache-test-${randomBytes(4).toString('hex')}`;
  const create = [
    'create',
    '--pull=never',
    `--name=${name}`,
    OWNER_LABEL,
    ...args,
    image,
    ...command,
  ];
  const id = await runOrThrow('podman', create);
  const removed = runAtExit('podman', 'rm', '-f', '-t', '0', id);
  const podman = (...argv: string[]) => runOrThrow('podman', argv);
  let known: number | undefined;
  const container: Container = {
    id,
    isRunning: async () => {
      if (known !== undefined && existsSync(`/proc/${known}`)) return true;
      return (await podman('inspect', '--format', '{{.State.Running}}', id)) === 'true';
    },
    pid: async () => {
      if (known === undefined || !existsSync(`/proc/${known}`)) {
        known = Number(await podman('inspect', '--format', '{{.State.Pid}}', id));
      }
      return known;
    },
    exec: (argv, { user, ...options } = {}) => {
      const flags = [
        ...(options.input === undefined ? [] : ['--interactive']),
        ...(user === undefined ? [] : [`--user=${user}`]),
      ];
      return runCommand('podman', ['exec', ...flags, id, ...argv], options);
    },
    logs: async () => {
      const { stdout, stderr } = await runCommand('podman', ['logs', id]);
      return [stdout, stderr].filter((text) => text !== '').join('\n');
    },
    start: async () => {
      known = undefined;
      if (!hasRoute) {
        // It has its network now, and no process of its own yet.
        await podman('init', id);
        const pid = await podman('inspect', '--format', '{{.State.Pid}}', id);
        await runOrThrow('nsenter', [`--target=${pid}`, '--net', 'ip', 'route', 'del', 'default']);
      }
      await podman('start', id);
    },
    stop: async (graceSeconds = 10) => void (await podman('stop', '-t', String(graceSeconds), id)),
    kill: async (signal = 'KILL') => void (await podman('kill', '-s', signal, id)),
    exitCode: async () => Number(await podman('wait', id)),
    remove: async () => {
      await endByPodman('rm', '-f', '-t', '0', id);
      removed();
    },
  };
  try {
    await container.start();
    return container;
  } catch (error) {
    await container.remove();
    throw error;
  }
}
