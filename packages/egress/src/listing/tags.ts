import type { Answer, Question, Source } from '../answer/question.ts';
import { answerList } from './answer-list.ts';
import { fetchList } from './fetch-list.ts';
import type { Listing } from './listing-memory.ts';
import { planPage } from './page.ts';

/**
 * The tags of a repository: the upstream's, and while it is ill those that are here.
 * @throws AnswerError
 */
export function answerTags(source: Source, question: Question): Promise<Answer> {
  return answerList(source, question, {
    fetch: (asked) => fetchList(source, asked),
    fallBack: () => listHere(source, question),
  });
}

async function listHere(source: Source, { path, target }: Question): Promise<Listing | undefined> {
  const { repository } = path;
  const tags = await source.listTags(repository);
  const page = planPage(tags, new URLSearchParams(target.split('?')[1]));
  if (tags.length === 0 || page === undefined) return undefined;
  const bytes = Buffer.from(JSON.stringify({ name: repository, tags: page.tags }));
  const link = `</v2/${repository}/tags/list?${page.next}>; rel="next"`;
  return {
    headers: {
      'content-type': 'application/json',
      'content-length': String(bytes.length),
      ...(page.next !== undefined && { link }),
    },
    bytes,
  };
}
