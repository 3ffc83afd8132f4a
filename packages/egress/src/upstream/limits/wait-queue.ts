/** Callers that wait for their turn, in the order in which they came. */
export class WaitQueue {
  readonly #calls = new Set<() => void>();

  get length(): number {
    return this.#calls.size;
  }

  /**
   * Resolves when `callNext` has reached this caller and has run `onTurn`.
   * @throws the signal's reason, if it is aborted before. The caller then leaves the queue.
   */
  join(onTurn: () => void, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#calls.delete(call);
        reject(signal.reason);
      };
      const call = () => {
        signal.removeEventListener('abort', leave);
        onTurn();
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#calls.add(call);
    });
  }

  callNext(): void {
    const [call] = this.#calls;
    if (call === undefined) return;
    this.#calls.delete(call);
    call();
  }
}
