/** Who waits, in the order they came; who has gone is no longer in it. */
export class WaitQueue {
  readonly #calls = new Set<() => void>();

  get length(): number {
    return this.#calls.size;
  }

  /**
   * Resolves after `onTurn` ran, which is when `callNext` got here.
   * @throws the signal's reason, when it is aborted before.
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
