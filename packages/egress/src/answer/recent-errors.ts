import type { AnswerError } from './answer-error.ts';

const CAPACITY = 1000;
const KEEP_MS = 5_000;
const KEEP_LIMITED_MS = 30_000;

/**
 * Errors of the last seconds by upstream and path. The hot lane asks for the reason of an error
 * right after the engine got it; that must not cost the upstream another request.
 */
export class RecentErrors {
  readonly #errors = new Map<string, { error: AnswerError; until: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @throws AnswerError the one that is remembered, if there is one. */
  rethrow(upstreamId: string, target: string): void {
    const known = this.#errors.get(keyOf(upstreamId, target));
    if (known !== undefined && known.until > this.#now()) throw known.error;
  }

  remember(upstreamId: string, target: string, error: AnswerError): void {
    const key = keyOf(upstreamId, target);
    // What was told again is not news: its time goes on from when it happened.
    if (this.#errors.get(key)?.error === error) return;
    this.#errors.delete(key);
    this.#errors.set(key, { error, until: this.#now() + keepMs(error) });
    const oldest = this.#errors.keys().next().value;
    if (this.#errors.size > CAPACITY && oldest !== undefined) this.#errors.delete(oldest);
  }

  forget(upstreamId: string, target: string): void {
    this.#errors.delete(keyOf(upstreamId, target));
  }
}

/** The method is no part of it: what a HEAD met counts for the GET after it. */
function keyOf(upstreamId: string, target: string): string {
  return `${upstreamId} ${target}`;
}

/** An upstream that says when to come back is left alone until then, within reason. */
function keepMs({ status, headers }: AnswerError): number {
  const seconds = Number(headers['retry-after']);
  if (status !== 429 || !(seconds > 0)) return KEEP_MS;
  return Math.min(Math.max(seconds * 1000, KEEP_MS), KEEP_LIMITED_MS);
}
