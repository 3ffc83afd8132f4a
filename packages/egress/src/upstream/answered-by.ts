const CAPACITY = 2000;
const KEEP_MS = 300_000;

/** Which of several places has answered for a path lately. */
export class AnsweredBy<P> {
  readonly #notes = new Map<string, { readonly place: P; readonly untilMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  find(path: string): P | undefined {
    const note = this.#notes.get(path);
    return note !== undefined && note.untilMs > this.#now() ? note.place : undefined;
  }

  note(path: string, place: P): void {
    this.#notes.delete(path);
    this.#notes.set(path, { place, untilMs: this.#now() + KEEP_MS });
    const oldest = this.#notes.keys().next().value;
    if (this.#notes.size > CAPACITY && oldest !== undefined) this.#notes.delete(oldest);
  }
}
