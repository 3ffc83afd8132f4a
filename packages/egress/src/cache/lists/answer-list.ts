import { toAnswerError } from '../../upstream/errors/upstream-error.ts';
import type { Answer, Question, Source } from '../contract/upstream-context.ts';
import type { Listing } from '../memory/listing-memory.ts';

export interface ListWays {
  /** Asks the upstream, for all who want the same list now. */
  readonly fetch: (question: Question) => Promise<Listing>;
  /** What there is without an upstream; undefined where there is nothing. */
  readonly fallBack: (key: string) => Promise<Listing | undefined>;
}

/** The first who asks may go before it is here, and others still want it. */
const LONGEST_MS = 120_000;

/**
 * A list: the upstream's, or where that is ill what is known here.
 * @throws AnswerError the upstream's own, where nothing is known here either.
 */
export async function answerList(
  source: Source,
  question: Question,
  { fetch, fallBack }: ListWays,
): Promise<Answer> {
  const { lists, upstreamId, key: upstream } = source;
  const key = `${upstreamId} ${question.target}`;
  const forAll = () =>
    fetch({ ...question, signal: AbortSignal.timeout(LONGEST_MS) }).catch(
      async (error: unknown) => {
        throw await toAnswerError(error, upstream);
      },
    );
  try {
    return toAnswer(await lists.share(key, forAll), question, 'MISS');
  } catch (error) {
    const failure = await toAnswerError(error, upstream);
    const isIll = failure.status >= 500 || failure.status === 429;
    const known = isIll ? await fallBack(key) : undefined;
    if (known === undefined) throw failure;
    return toAnswer(known, question, 'STALE');
  }
}

function toAnswer({ headers, bytes }: Listing, { method }: Question, cache: string): Answer {
  const body = method === 'HEAD' ? undefined : once(bytes);
  return { status: 200, headers: { ...headers, 'x-cache': cache }, body };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
