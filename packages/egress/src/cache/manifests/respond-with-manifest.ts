import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import { type Held, heldAnswer, type Origin } from './stored-manifest.ts';

/** A large blob takes seconds to hash; a client that asks for it meanwhile may get a damaged one. */
const CHECK_LIMIT_MS = 5_000;

/**
 * Answers with a manifest, once what it names is whole or not here. Who pulls one that is new here asks for its layers next, so these are
 * fetched already. A HEAD only looks, and what is known here may be known to the client as well.
 */
export async function giveHeld(
  source: Source,
  question: Question,
  held: Held,
  origin: Origin,
): Promise<Answer> {
  // A disk that cannot be looked at costs nobody the manifest.
  const checked = source.childChecks.check(source, held.digest, held.bytes).catch(() => undefined);
  await Promise.race([checked, delay(CHECK_LIMIT_MS, undefined, { ref: false })]);
  if (question.method === 'GET' && origin.cache === 'MISS') {
    source.prefetches.start(source, question.path.repository, held);
  }
  return heldAnswer(held, question, origin);
}
