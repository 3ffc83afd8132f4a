import { askMisses } from '@registry-cache/history';
import type { MissesAnswer } from '../../contract/requests.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describeMiss } from './describe-request.ts';

export async function answerMisses(
  wanted: { readonly limit: number; readonly upstream?: string | undefined },
  { history }: AnswerDeps,
): Promise<MissesAnswer> {
  const misses = await history.ask((database) => askMisses(database, wanted), []);
  return { misses: misses.map(describeMiss) };
}
