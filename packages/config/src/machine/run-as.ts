import { execa } from 'execa';
import type { RunUser } from './run-user.ts';

/** The end of a process. */
interface Ended {
  readonly hasSucceeded: boolean;
  readonly stdout: string;
  /** What it wrote as error, or why it did not run. */
  readonly problem: string;
}

/** Runs a command of this program as a user, without the variables that root has. Never throws. */
export async function runAs(user: RunUser, args: readonly string[]): Promise<Ended> {
  const [program = ''] = [process.argv[1]];
  const result = await execa(process.execPath, [...process.execArgv, program, ...args], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '' },
    reject: false,
    timeout: 60_000,
  });
  const { exitCode, stdout, stderr, message } = result;
  return { hasSucceeded: exitCode === 0, stdout, problem: stderr || (message ?? '') };
}
