import type { Dispatcher } from 'undici';

/** One dispatcher for each place that is asked, and the newest version of it alone. */
export class Dispatchers {
  readonly #made = new Map<string, { readonly version: string; readonly dispatcher: Dispatcher }>();

  /** The dispatcher of a place. One of another version is closed once what runs on it has ended. */
  get(place: string, version: string, make: () => Dispatcher): Dispatcher {
    const known = this.#made.get(place);
    if (known?.version === version) return known.dispatcher;
    const dispatcher = make();
    this.#made.set(place, { version, dispatcher });
    known?.dispatcher.close().catch(() => undefined);
    return dispatcher;
  }

  /** Resolves when what runs has ended. */
  async close(): Promise<void> {
    await Promise.all([...this.#made.values()].map(({ dispatcher }) => dispatcher.close()));
  }
}
