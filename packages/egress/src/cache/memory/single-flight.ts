/** One run of a piece of work for all that ask for it while it runs. */
export class SingleFlight {
  readonly #running = new Map<string, Promise<unknown>>();

  /** The same key must always mean the same kind of result. What fails, fails for all. */
  join<T>(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running !== undefined) return running as Promise<T>;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    // Everybody may have gone before it fails.
    started.catch(() => undefined);
    return started;
  }
}

/**
 * Waits for work that others wait for too: it goes on when this one leaves.
 * @throws the signal's reason when it is aborted first.
 */
export async function unlessGone<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([work, gone]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
