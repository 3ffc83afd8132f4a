interface Flight<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  callers: number;
}

/** Runs a piece of work once for all callers that ask for it while it runs. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Flight<T>>();

  /**
   * Joins the running work of this key, or starts it. A failure is a failure for all callers.
   * @param work gets a signal that is aborted when all callers have gone. The next caller then
   * starts the work anew.
   * @param gone aborted when this caller does not wait any more. Its promise still settles with the
   * work. A caller without this signal counts as waiting until the end.
   */
  join(key: string, work: (allGone: AbortSignal) => Promise<T>, gone?: AbortSignal): Promise<T> {
    if (gone?.aborted) return Promise.reject(gone.reason);
    const flight = this.#running.get(key) ?? this.#start(key, work);
    flight.callers += 1;
    const leave = () => {
      flight.callers -= 1;
      if (flight.callers > 0) return;
      this.#forget(key, flight);
      flight.stop.abort(gone?.reason);
    };
    gone?.addEventListener('abort', leave, { once: true });
    const joined = flight.result.finally(() => gone?.removeEventListener('abort', leave));
    // A caller may leave before the work fails, and then nobody listens.
    joined.catch(() => undefined);
    return joined;
  }

  #start(key: string, work: (allGone: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController();
    const result = work(stop.signal).finally(() => this.#forget(key, flight));
    const flight = { result, stop, callers: 0 };
    this.#running.set(key, flight);
    return flight;
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#running.get(key) === flight) this.#running.delete(key);
  }
}
