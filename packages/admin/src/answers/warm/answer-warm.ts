import { setTimeout as sleep } from 'node:timers/promises';
import { findJobOf } from '@registry-cache/jobs';
import { parseJson } from '@registry-cache/runtime';
import type { CommandEnd, RunningCommand } from '../../commands/commands.ts';
import { AdminError } from '../../contract/admin-error.ts';
import type { VerbInput } from '../../contract/verbs.ts';
import { WARM, type WarmAnswer } from '../../contract/warm.ts';
import type { AnswerDeps } from '../answer-deps.ts';

const LOOK_EVERY_MS = 100;

/**
 * Starts `registry-cache warm` with a list. It answers when its job has a record.
 * @throws AdminError for a list that cannot be read, with what is accepted.
 */
export async function answerWarm(
  { list, platforms = [], pin, keepGoing, dryRun }: VerbInput<'warm'>,
  { options, commands, nowMs }: AnswerDeps,
): Promise<WarmAnswer> {
  const flags = [
    ...platforms.flatMap((platform) => ['--platform', platform]),
    ...(pin ? ['--pin'] : []),
    ...(keepGoing ? ['--keep-going'] : []),
    ...(dryRun ? ['--dry-run', '--json'] : []),
  ];
  const startedMs = nowMs();
  const running = commands.start(['warm', '--names', options.namesFile, ...flags, '-'], list);
  if (!dryRun) return { job: await findJob(running, startedMs, options.storeRoot) };
  const end = await running.ended;
  const last = end.output.trimEnd().split('\n').at(-1) ?? '';
  // Images that cannot be had are counted there.
  if (!last.startsWith('{"images":')) throw refusalOf(end);
  return parseJson(`{"dryRun":${last}}`, WARM.output);
}

async function findJob(
  { pid, ended }: RunningCommand,
  startedMs: number,
  storeRoot: string,
): Promise<string> {
  let end: CommandEnd | undefined;
  void ended.then((result) => {
    end = result;
  });
  for (;;) {
    const hasEnded = end !== undefined;
    const job = pid === undefined ? undefined : findJobOf(storeRoot, { pid, startedMs });
    if (job !== undefined) return job;
    if (hasEnded) throw refusalOf(await ended);
    await sleep(LOOK_EVERY_MS);
  }
}

function refusalOf({ messages }: CommandEnd): AdminError {
  return new AdminError('INVALID', messages || 'the images could not be warmed; see the log');
}
