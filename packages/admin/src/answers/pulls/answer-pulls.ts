import { askPullers, askPulls } from '@registry-cache/history';
import type { PullsAnswer } from '../../contract/pulls.ts';
import { findRepository, readReferenceNames } from '../../sources/find-image.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

const MAX_ROWS = 1_000;

/** @throws AdminError for a text that names no repository. */
export async function answerPulls(
  { image: text }: { readonly image: string },
  { options, history, nameOf }: AnswerDeps,
): Promise<PullsAnswer> {
  const names = await readReferenceNames(options);
  const { upstreamId, repository, reference } = findRepository(text, names);
  const image = { upstream: nameOf(upstreamId) ?? upstreamId, repository };
  const wanted = { ...image, reference };
  const references = await history.ask((database) => askPulls(database, wanted, MAX_ROWS), []);
  const pullers = await history.ask((database) => askPullers(database, image, MAX_ROWS), []);
  const timed = <R extends { readonly lastMs: number }>({ lastMs, ...row }: R) => {
    return { ...row, last: formatTime(lastMs) };
  };
  return { ...image, references: references.map(timed), pullers: pullers.map(timed) };
}
