import { toAnswerError } from '../upstream/errors/upstream-error.ts';
import { answerBlob } from './blobs/blob.ts';
import type { Answer, Question, Source } from './contract/upstream-context.ts';
import { answerReferrers } from './lists/referrers.ts';
import { answerTags } from './lists/tags.ts';
import { answerManifest } from './manifest.ts';

/**
 * The upstream's answer to a question. This is the door's inside: what is to be shared,
 * remembered or limited stands between the server and this.
 * @throws AnswerError, and nothing else.
 */
export async function answer(source: Source, question: Question): Promise<Answer> {
  const { path } = question;
  try {
    if (path.kind === 'manifest') return await answerManifest(source, question, path);
    if (path.kind === 'blob') return await answerBlob(source, question, path);
    if (path.kind === 'referrers') return await answerReferrers(source, question, path);
    return await answerTags(source, question);
  } catch (error) {
    throw await toAnswerError(error, source.key);
  }
}
