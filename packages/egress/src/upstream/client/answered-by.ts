import { createBoundedMap } from '@registry-cache/runtime';

const CAPACITY = 2000;
const KEEP_MS = 300_000;

/** Remembers which of several endpoints answered for a path. */
export class AnsweredBy<E> {
  readonly #notes = createBoundedMap<string, { readonly endpoint: E; readonly atMs: number }>(
    CAPACITY,
  );
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The endpoint that answered within the last `withinMs`. */
  find(path: string, withinMs = KEEP_MS): E | undefined {
    const note = this.#notes.get(path);
    return note !== undefined && this.#now() - note.atMs < withinMs ? note.endpoint : undefined;
  }

  note(path: string, endpoint: E): void {
    this.#notes.set(path, { endpoint, atMs: this.#now() });
  }
}
