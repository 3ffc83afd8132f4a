import type { Answer } from '../answer/question.ts';

/** An answer that can be sent: what fails before its first byte has failed by now. */
export interface Begun {
  readonly answer: Answer;
  readonly first: IteratorResult<Uint8Array> | undefined;
  readonly chunks: AsyncIterator<Uint8Array> | undefined;
}

/**
 * Waits for the answer and for the first piece of its body, so that a failure before it can still
 * be told as an error.
 * @throws what the answer or its body throws.
 */
export async function begin(asked: Promise<Answer>): Promise<Begun> {
  const answer = await asked;
  const chunks = answer.body?.[Symbol.asyncIterator]();
  try {
    return { answer, chunks, first: await chunks?.next() };
  } catch (error) {
    await chunks?.return?.();
    throw error;
  }
}

/** Lets go of a body that nobody will read. */
export async function letGo({ chunks }: Begun): Promise<void> {
  await chunks?.return?.();
}
