import { open } from 'node:fs/promises';
import { execa } from 'execa';

export interface Daemon {
  readonly pid: number | undefined;
  isAlive(): boolean;
  /** Sends SIGTERM, and SIGKILL after five seconds. Resolves after the process has ended. */
  stop(): Promise<void>;
}

export interface DaemonOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment. Nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Files to which its outputs are appended, so that they can be emptied while it writes. */
  readonly stdoutFile: string;
  readonly stderrFile: string;
}

/** Starts a long-running program. It ends with this process at the latest. Linux only. */
export async function startDaemon(plan: DaemonOptions): Promise<Daemon> {
  await using stdout = await open(plan.stdoutFile, 'a');
  await using stderr = await open(plan.stderrFile, 'a');
  // The kernel ends it together with this process, also after a SIGKILL.
  const child = execa('setpriv', ['--pdeathsig', 'KILL', plan.file, ...plan.args], {
    // Any descriptor works, but execa's types allow those below 10 only.
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
