import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import { unlessGone } from '../memory/single-flight.ts';
import { obtain, readHeld } from './manifest-cache.ts';
import { giveHeld } from './respond-with-manifest.ts';

/** A digest always names the same bytes, so only their being here limits how often they are repeated. */
const REPEAT_MS = 10_000;

/**
 * A manifest by its digest. What the client accepts is no question here: the upstream could give
 * nothing else.
 */
export async function answerDigest(
  source: Source,
  question: Question,
  repository: string,
  digest: string,
): Promise<Answer> {
  const here = await readHeld(source, repository, digest);
  if (here !== undefined)
    return giveHeld(source, question, here, { cache: 'HIT', repeatMs: REPEAT_MS });
  const work = obtain(source, repository, digest, question.accept);
  const held = await unlessGone(work, question.signal);
  const repeatMs = held.isKeepable ? REPEAT_MS : 0;
  return giveHeld(source, question, held, { cache: 'MISS', repeatMs });
}
