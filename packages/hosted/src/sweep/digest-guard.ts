/**
 * Keeps requests and the sweep apart, digest by digest. A request that may link a digest uses it
 * until the engine has answered. The sweep removes only what no request uses, and requests wait for
 * a removal that has begun.
 */
export class DigestGuard {
  readonly #uses = new Map<string, number>();
  readonly #removals = new Map<string, Promise<unknown>>();

  /** Waits until none of the digests is being removed. Returns the end of their use. */
  async use(digests: readonly string[]): Promise<Disposable> {
    const names = [...new Set(digests)];
    for (;;) {
      const running = names.flatMap((name) => this.#removals.get(name) ?? []);
      if (running.length === 0) break;
      await Promise.allSettled(running);
    }
    for (const name of names) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    return { [Symbol.dispose]: () => this.#release(names) };
  }

  /** Runs `work` with those of the digests that nobody uses; no use of them begins until its end. */
  async withUnused<T>(
    digests: readonly string[],
    work: (unused: ReadonlySet<string>) => Promise<T>,
  ): Promise<T> {
    const names = digests.filter((name) => !this.#uses.has(name) && !this.#removals.has(name));
    const unused = new Set(names);
    const running = Promise.resolve().then(() => work(unused));
    for (const name of unused) this.#removals.set(name, running);
    try {
      return await running;
    } finally {
      for (const name of unused) this.#removals.delete(name);
    }
  }

  #release(names: readonly string[]): void {
    for (const name of names) {
      const left = (this.#uses.get(name) ?? 1) - 1;
      if (left === 0) this.#uses.delete(name);
      else this.#uses.set(name, left);
    }
  }
}
