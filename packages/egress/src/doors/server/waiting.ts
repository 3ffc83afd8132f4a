import { waitAtMost, waitUnlessGone } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { type Begun, letGo } from './begun.ts';
import { refusal } from './refusal.ts';

/** A client that was told to come again does so within seconds, or has given up. */
const KEEP_MS = 60_000;
/** An answer that is ready holds a connection to the upstream meanwhile. */
const KEEP_READY_MS = 15_000;
const MAX_KEPT = 1_000;
const RETRY_AFTER_SECONDS = 2;

interface Work {
  readonly control: AbortController;
  readonly begun: Promise<Begun>;
}

interface Kept extends Work {
  timer: NodeJS.Timeout;
}

/**
 * Lets no client wait for long without a header. What takes longer is answered by 503, goes on, and
 * is kept for a while for who asks the same again: so a place in a queue is not lost.
 */
export class Waiting {
  readonly #kept = new Map<string, Kept[]>();
  #count = 0;

  /**
   * What `start` begins, or what an earlier request of the same key has begun. Its signal is
   * aborted when the client has gone, by `gone`.
   * @param name of the upstream, for the message.
   * @throws RegistryError 503 with Retry-After after `limitMs`; the reason of `gone`.
   */
  async within(
    { key, name, limitMs, gone }: WaitingFor,
    start: (signal: AbortSignal) => Promise<Begun>,
  ): Promise<Begun> {
    const work = this.#take(key) ?? begin(start);
    const end = () => work.control.abort(gone.reason);
    const wanted = waitUnlessGone(work.begun, gone);
    try {
      const begun = await waitAtMost(limitMs, wanted, () => {
        throw tooLate(name, limitMs);
      });
      gone.addEventListener('abort', end, { once: true });
      return begun;
    } catch (error) {
      if (gone.aborted) {
        end();
        work.begun.then(letGo).catch(() => undefined);
      } else if (error instanceof RegistryError && error.phase === 'waiting') this.#keep(key, work);
      throw error;
    }
  }

  #take(key: string): Work | undefined {
    const kept = this.#kept.get(key)?.[0];
    if (kept !== undefined) this.#remove(key, kept);
    return kept;
  }

  #keep(key: string, work: Work): void {
    if (this.#count >= MAX_KEPT) {
      drop(work);
      return;
    }
    const kept: Kept = { ...work, timer: this.#expire(key, () => kept, KEEP_MS) };
    this.#kept.set(key, [...(this.#kept.get(key) ?? []), kept]);
    this.#count += 1;
    const ready = () => {
      if (this.#kept.get(key)?.includes(kept) !== true) return;
      clearTimeout(kept.timer);
      kept.timer = this.#expire(key, () => kept, KEEP_READY_MS);
    };
    work.begun.then(ready, ready);
  }

  #expire(key: string, kept: () => Kept, ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#remove(key, kept());
      drop(kept());
    }, ms).unref();
  }

  #remove(key: string, kept: Kept): void {
    clearTimeout(kept.timer);
    const rest = this.#kept.get(key)?.filter((other) => other !== kept) ?? [];
    if (rest.length === 0) this.#kept.delete(key);
    else this.#kept.set(key, rest);
    this.#count -= 1;
  }
}

export interface WaitingFor {
  /** Equal for requests that may be answered by the same. */
  readonly key: string;
  readonly name: string;
  readonly limitMs: number;
  readonly gone: AbortSignal;
}

function begin(start: (signal: AbortSignal) => Promise<Begun>): Work {
  const control = new AbortController();
  const begun = start(control.signal);
  // It may fail when nobody waits for it any more.
  begun.catch(() => undefined);
  return { control, begun };
}

function drop({ control, begun }: Work): void {
  control.abort(new Error('nobody came back for it'));
  begun.then(letGo).catch(() => undefined);
}

function tooLate(name: string, limitMs: number): RegistryError {
  const seconds = Math.round(limitMs / 1000);
  const message = `${name} has not answered within ${seconds} s; the request goes on, so ask again`;
  return refusal(503, 'waiting', message, { 'retry-after': String(RETRY_AFTER_SECONDS) });
}
