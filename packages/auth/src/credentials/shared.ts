/** Work that several ask for at the same time, done once. */
export interface Shared<T> {
  /**
   * @param gone aborted when this caller does not wait any more
   * @param work gets a signal that is aborted when no caller waits any more
   */
  run(key: string, gone: AbortSignal, work: (allGone: AbortSignal) => Promise<T>): Promise<T>;
}

interface Running<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  callers: number;
}

export function createShared<T>(): Shared<T> {
  const running = new Map<string, Running<T>>();

  function begin(key: string, work: (allGone: AbortSignal) => Promise<T>): Running<T> {
    const stop = new AbortController();
    const begun = { result: work(stop.signal), stop, callers: 0 };
    running.set(key, begun);
    return begun;
  }

  return {
    async run(key, gone, work) {
      gone.throwIfAborted();
      const mine = running.get(key) ?? begin(key, work);
      mine.callers += 1;
      // Whoever comes after the last one left begins anew.
      const forget = () => running.get(key) === mine && running.delete(key);
      const onGone = () => {
        mine.callers -= 1;
        if (mine.callers > 0) return;
        forget();
        mine.stop.abort(gone.reason);
      };
      gone.addEventListener('abort', onGone, { once: true });
      try {
        return await mine.result;
      } finally {
        gone.removeEventListener('abort', onGone);
        forget();
      }
    },
  };
}
