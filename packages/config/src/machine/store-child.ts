import { InvalidInputError, type Issue } from '@registry-cache/domain';
import { execa } from 'execa';
import { prepareStore } from './prepare-store.ts';
import type { RunUser } from './run-user.ts';

/**
 * Prepares a store. Where this process is root, a process of the programs' user does it: that user
 * owns the store, and may have put links there that root must not follow.
 *
 * @throws InvalidInputError where the store cannot be written to.
 */
export async function prepareStoreAs(
  user: RunUser | undefined,
  root: string,
  upstreamIds: readonly string[],
): Promise<void> {
  if (user === undefined) return prepareStore(root, upstreamIds);
  const [program = '', ...args] = [process.argv[1], STORE_COMMAND, root, ...upstreamIds];
  const result = await execa(process.execPath, [...process.execArgv, program, ...args], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '' },
    reject: false,
    timeout: 60_000,
  });
  if (result.exitCode === 0) return;
  throw readIssues(result.stdout) ?? new Error(`the store: ${result.stderr || result.message}`);
}

/** The argument of `config` by which `prepareStoreAs` starts the process. */
export const STORE_COMMAND = 'store';

/** The work of the process that `prepareStoreAs` starts. Returns its exit status. */
export async function runStoreChild([root = '', ...ids]: readonly string[]): Promise<number> {
  try {
    await prepareStore(root, ids);
    return 0;
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    process.stdout.write(JSON.stringify(error.issues));
    return 1;
  }
}

function readIssues(text: string): InvalidInputError | undefined {
  try {
    return new InvalidInputError(JSON.parse(text) as Issue[]);
  } catch {
    return undefined;
  }
}
