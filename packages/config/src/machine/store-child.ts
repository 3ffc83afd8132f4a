import { InvalidInputError, type Issue } from '@registry-cache/domain';
import { prepareStore } from './prepare-store.ts';
import { runAs } from './run-as.ts';
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
  const result = await runAs(user, [STORE_COMMAND, root, ...upstreamIds]);
  if (result.hasSucceeded) return;
  throw readIssues(result.stdout) ?? new Error(`the store: ${result.problem}`);
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
