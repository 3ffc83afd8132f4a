import { parseJson } from '@registry-cache/runtime';
import { AdminError } from '../../contract/admin-error.ts';
import { PRUNE, type PruneAnswer } from '../../contract/prune.ts';
import type { VerbInput } from '../../contract/verbs.ts';
import type { AnswerDeps } from '../answer-deps.ts';

/** Runs `registry-cache prune`. @throws AdminError that says why it could not. */
export async function answerPrune(
  { to, dryRun }: VerbInput<'prune'>,
  { commands }: AnswerDeps,
): Promise<PruneAnswer> {
  const flags = [...(to === undefined ? [] : [`--to=${to}`]), ...(dryRun ? ['--dry-run'] : [])];
  const { status, output, messages } = await commands.start(['prune', '--json', ...flags]).ended;
  if (status !== 0) throw new AdminError('UNAVAILABLE', messages || 'the store was not pruned');
  return parseJson(output, PRUNE.output);
}
