/** A request that writes to an upload. */
interface Running {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Lets one request at a time write to an upload. A client that lost its connection comes again,
 * maybe before the old request has noticed, so the newer one ends the older one.
 */
export class RunningUploads {
  readonly #running = new Map<string, Running>();

  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** Runs `work` when no other request writes to the upload. Its signal ends it for a newer one. */
  async alone<T>(id: string, work: (superseded: AbortSignal) => Promise<T>): Promise<T> {
    for (let other = this.#running.get(id); other; other = this.#running.get(id)) {
      other.stop.abort();
      await other.done;
    }
    const stop = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running.set(id, { stop, done: promise });
    try {
      return await work(stop.signal);
    } finally {
      this.#running.delete(id);
      resolve();
    }
  }
}
