import { open } from 'node:fs/promises';
import { onDemandFile } from '@registry-cache/domain';
import type { AnswerDeps } from '../answer-deps.ts';

/**
 * Gives a new time to a file that the configurator follows. It is the only one of them that belongs
 * to the programs: the list of registries on demand.
 */
export async function answerReload({ options, nowMs }: AnswerDeps): Promise<{ asked: string }> {
  const now = new Date(nowMs());
  const handle = await open(onDemandFile(options.storeRoot), 'a', 0o640);
  try {
    await handle.utimes(now, now);
  } finally {
    await handle.close();
  }
  return { asked: now.toISOString() };
}
