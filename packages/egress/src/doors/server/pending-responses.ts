import { waitAtMost, waitUnlessGone } from '@registry-cache/runtime';
import { RegistryError } from '../../wire/errors/registry-error.ts';
import { refusal } from './refusal.ts';
import { discardBody, type StartedResponse } from './started-response.ts';

/** A client that got a 503 comes back within seconds, or has given up. */
const KEEP_MS = 60_000;
/** Shorter, since a started response holds a connection to the upstream meanwhile. */
const KEEP_STARTED_MS = 15_000;
const MAX_KEPT = 1_000;
const RETRY_AFTER_SECONDS = 2;

interface Work {
  readonly control: AbortController;
  readonly started: Promise<StartedResponse>;
}

interface Kept extends Work {
  timer: NodeJS.Timeout;
}

/**
 * Limits how long a client waits for a header. A request that takes longer gets a 503, and its work
 * goes on. The next request of the same key takes the work over, so that it keeps its place in the
 * queues.
 */
export class PendingResponses {
  readonly #kept = new Map<string, Kept[]>();
  #count = 0;

  /**
   * Takes over the kept work of an earlier request with this key, or starts its own by `start`.
   * `gone` aborts the work's signal.
   * @throws RegistryError 503 with Retry-After after `limitMs`; the reason of `gone`.
   */
  async within(
    { key, name, limitMs, gone }: PendingOptions,
    start: (signal: AbortSignal) => Promise<StartedResponse>,
  ): Promise<StartedResponse> {
    const work = this.#take(key) ?? begin(start);
    const end = () => work.control.abort(gone.reason);
    const wanted = waitUnlessGone(work.started, gone);
    try {
      const started = await waitAtMost(limitMs, wanted, () => {
        throw tooLate(name, limitMs);
      });
      gone.addEventListener('abort', end, { once: true });
      return started;
    } catch (error) {
      if (gone.aborted) {
        end();
        work.started.then(discardBody).catch(() => undefined);
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
      kept.timer = this.#expire(key, () => kept, KEEP_STARTED_MS);
    };
    work.started.then(ready, ready);
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

export interface PendingOptions {
  /** Equal for requests that one response can answer. */
  readonly key: string;
  /** The upstream's name, for the message. */
  readonly name: string;
  readonly limitMs: number;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

function begin(start: (signal: AbortSignal) => Promise<StartedResponse>): Work {
  const control = new AbortController();
  const started = start(control.signal);
  // It may fail when nobody waits for it any more.
  started.catch(() => undefined);
  return { control, started };
}

function drop({ control, started }: Work): void {
  control.abort(new Error('no client came back for the response'));
  started.then(discardBody).catch(() => undefined);
}

function tooLate(name: string, limitMs: number): RegistryError {
  const seconds = Math.round(limitMs / 1000);
  const message = `${name} has not answered within ${seconds} s; the request goes on, so ask again`;
  return refusal(503, 'waiting', message, { 'retry-after': String(RETRY_AFTER_SECONDS) });
}
