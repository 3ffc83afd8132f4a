import { createBoundedMap } from '@registry-cache/runtime';

const CAPACITY = 2000;
const KEEP_MS = 300_000;

/** Which of several places has answered for a path lately. */
export class AnsweredBy<P> {
  readonly #notes = createBoundedMap<string, { readonly place: P; readonly atMs: number }>(
    CAPACITY,
  );
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whoever answered within `withinMs`. */
  find(path: string, withinMs = KEEP_MS): P | undefined {
    const note = this.#notes.get(path);
    return note !== undefined && this.#now() - note.atMs < withinMs ? note.place : undefined;
  }

  note(path: string, place: P): void {
    this.#notes.set(path, { place, atMs: this.#now() });
  }
}
