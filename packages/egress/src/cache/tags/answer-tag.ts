import type { TagPlace } from '../../store/tags.ts';
import { toAnswerError } from '../../upstream/errors/upstream-error.ts';
import type { AnswerError } from '../../wire/errors/registry-error.ts';
import { Accepted } from '../../wire/http/accept.ts';
import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import { giveHeld } from '../manifests/respond-with-manifest.ts';
import type { Held, Origin } from '../manifests/stored-manifest.ts';
import { isGone, isRefused } from '../memory/check-backoff.ts';
import { unlessGone } from '../memory/single-flight.ts';
import { checkTag, fetchTag } from './check-tag.ts';
import { type Known, recall } from './remembered-tag.ts';
import { patiently } from './soft-timeout.ts';
import { tiersOf } from './tiers.ts';

/**
 * A manifest by its tag. Within its time the tag's memory answers and nobody is asked. After it
 * the upstream is; where it is ill, what is here is served as stale, for as long as that lasts.
 */
export async function answerTag(
  source: Source,
  question: Question,
  place: TagPlace,
): Promise<Answer> {
  const accepted = new Accepted(question.accept);
  const known = await recall(source, place);
  if (known === undefined) return answerUnknown(source, question, place, accepted);
  const { held, origin } = await current(source, question, place, known);
  if (accepted.takes(held.type)) return giveHeld(source, question, held, origin);
  return answerOtherwise(source, question, place, accepted, held);
}

interface Found {
  readonly held: Held;
  readonly origin: Origin;
}

const STALE: Origin = { cache: 'STALE', repeatMs: 0 };

async function answerUnknown(
  source: Source,
  question: Question,
  place: TagPlace,
  accepted: Accepted,
): Promise<Answer> {
  const held = await unlessGone(fetchTag(source, place, accepted), question.signal);
  const isRemembered = held.isKeepable && accepted.isUnchosen(held.type);
  const repeatMs = isRemembered ? tiersOf(source.tagRules)(place.tag).timeMs : 0;
  return giveHeld(source, question, held, { cache: 'MISS', repeatMs });
}

/** What the tag is, by memory or by asking. */
async function current(
  source: Source,
  question: Question,
  place: TagPlace,
  { held, restMs }: Known,
): Promise<Found> {
  if (restMs > 0) return { held, origin: { cache: 'HIT', repeatMs: restMs } };
  const { timeMs: tierMs, graceMs } = tiersOf(source.tagRules)(place.tag);
  const { failedChecks } = source;
  if (tierMs > 0 && failedChecks.isPaused(place, source.now())) return stale(source, held);
  const check = checkTag(source, place, held);
  try {
    // A tag that is never remembered is always waited for, and so is what may be refused again.
    const mustWait = tierMs === 0 || failedChecks.wasRefused(place);
    // The check goes on, and what it finds is for the next one.
    if (!mustWait && restMs > -graceMs) return { held, origin: { cache: 'HIT', repeatMs: 0 } };
    const outcome = mustWait ? check : patiently(source, check);
    const now = await unlessGone(outcome, question.signal);
    if (now === undefined) return stale(source, held);
    return { held: now, origin: { cache: 'MISS', repeatMs: tierMs } };
  } catch (error) {
    if (question.signal.aborted) throw error;
    const failure = await toAnswerError(error, source.key);
    if (endsMemory(source, failure)) throw failure;
    return stale(source, held);
  }
}

function stale(source: Source, held: Held): Found {
  source.onStale();
  return { held, origin: STALE };
}

/** Whether the upstream has spoken; else it is ill, and what it said of the tag once still counts. */
function endsMemory({ tagRules }: Source, failure: AnswerError): boolean {
  if (isRefused(failure)) return tagRules.refused === 'fail';
  if (isGone(failure)) return tagRules.deleted === 'drop';
  return failure.status < 500 && failure.status !== 429 && failure.phase !== 'page';
}

/**
 * The client does not take what the tag is here. The upstream may have something else for it,
 * which is passed on and not remembered; when it is ill, what is here is better than nothing.
 */
async function answerOtherwise(
  source: Source,
  question: Question,
  place: TagPlace,
  accepted: Accepted,
  held: Held,
): Promise<Answer> {
  try {
    const other = await unlessGone(fetchTag(source, place, accepted), question.signal);
    return giveHeld(source, question, other, { cache: 'MISS', repeatMs: 0 });
  } catch (error) {
    const failure = await toAnswerError(error, source.key);
    if (question.signal.aborted || failure.status < 500) throw failure;
    return giveHeld(source, question, held, stale(source, held).origin);
  }
}
