import { open } from 'node:fs/promises';
import { execa } from 'execa';

export interface Daemon {
  readonly pid: number | undefined;
  isAlive(): boolean;
  /** SIGTERM, after five seconds SIGKILL; resolves when the process is gone. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Files that its outputs are appended to, so that they can be emptied under the writer. */
  readonly stdoutFile: string;
  readonly stderrFile: string;
}

/** Starts a long-running program. It ends with this process at the latest. Linux only. */
export async function startDaemon(plan: DaemonOptions): Promise<Daemon> {
  await using stdout = await open(plan.stdoutFile, 'a');
  await using stderr = await open(plan.stderrFile, 'a');
  // The kernel ends it with this process, also when nobody here is left to do so (SIGKILL).
  const child = execa('setpriv', ['--pdeathsig', 'KILL', plan.file, ...plan.args], {
    // Any descriptor works; execa's types know those below 10 only.
    stdio: ['ignore', stdout.fd as 3, stderr.fd as 4],
    env: plan.env,
    extendEnv: false,
    reject: false,
    cleanup: true,
    forceKillAfterDelay: 5_000,
  });
  const { nodeChildProcess } = child;
  return {
    pid: child.pid,
    isAlive: () =>
      child.pid !== undefined &&
      nodeChildProcess.exitCode === null &&
      nodeChildProcess.signalCode === null,
    stop: async () => {
      child.kill('SIGTERM');
      await child;
    },
  };
}
