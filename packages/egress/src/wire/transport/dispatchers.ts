import type { Dispatcher } from 'undici';

/** One dispatcher for each key, in its newest version. */
export class Dispatchers {
  readonly #made = new Map<string, { readonly version: string; readonly dispatcher: Dispatcher }>();

  /** The dispatcher of a key. One of an older version is closed once its requests have ended. */
  get(key: string, version: string, make: () => Dispatcher): Dispatcher {
    const known = this.#made.get(key);
    if (known?.version === version) return known.dispatcher;
    const dispatcher = make();
    this.#made.set(key, { version, dispatcher });
    known?.dispatcher.close().catch(() => undefined);
    return dispatcher;
  }

  /** Resolves when all requests have ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#made.values()].map(({ dispatcher }) => dispatcher.close()));
  }
}
