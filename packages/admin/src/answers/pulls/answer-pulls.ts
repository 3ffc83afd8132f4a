import { askPullers, askPulls } from '@registry-cache/history';
import type { PullsAnswer } from '../../contract/pulls.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

const MAX_ROWS = 1_000;

export async function answerPulls(
  image: { readonly upstream: string; readonly repository: string },
  { history }: AnswerDeps,
): Promise<PullsAnswer> {
  const references = await history.ask((database) => askPulls(database, image, MAX_ROWS), []);
  const pullers = await history.ask((database) => askPullers(database, image, MAX_ROWS), []);
  const timed = <R extends { readonly lastMs: number }>({ lastMs, ...row }: R) => {
    return { ...row, last: formatTime(lastMs) };
  };
  return { references: references.map(timed), pullers: pullers.map(timed) };
}
