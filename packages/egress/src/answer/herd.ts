import { AnswerError } from './answer-error.ts';

/**
 * Of many that ask the same at the same moment, one asks first. Where that ends in an error, it
 * is everybody's: a herd for something that is not there costs one question.
 */
export class Herd {
  readonly #first = new Map<string, Promise<unknown>>();

  /** @throws whatever `work` throws, of this one or of the first. */
  async ask<T>(key: string, work: () => Promise<T>): Promise<T> {
    for (let first = this.#first.get(key); first !== undefined; first = this.#first.get(key)) {
      const failure = await first;
      if (failure instanceof AnswerError) throw failure;
      if (failure === undefined) return work();
      // The first one has gone without an answer: the next of those that wait takes its place.
    }
    const answer = work();
    const outcome = answer.then(
      () => undefined,
      (error: unknown) => error ?? new Error('no reason'),
    );
    this.#first.set(key, outcome);
    try {
      return await answer;
    } finally {
      this.#first.delete(key);
    }
  }
}
