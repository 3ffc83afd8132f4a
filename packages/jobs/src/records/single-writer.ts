import { writeFileAtomic } from '@registry-cache/runtime';

/**
 * Writes one file again and again: one write at a time, and only the newest content that waits. It
 * gives up at the first failure, and tells it once.
 */
export class SingleWriter {
  readonly #file: string;
  readonly #onLost: (error: unknown) => void;
  #waiting: { readonly content: string; readonly isLasting: boolean } | undefined;
  #running: Promise<void> | undefined;
  #isLost = false;

  constructor(file: string, onLost: (error: unknown) => void) {
    this.#file = file;
    this.#onLost = onLost;
  }

  /** Resolves when this content or a later one is written, or lost. */
  async write(content: string, isLasting: boolean): Promise<void> {
    if (this.#isLost) return;
    this.#waiting = { content, isLasting: isLasting || (this.#waiting?.isLasting ?? false) };
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Gives up, and tells why. */
  give(error: unknown): void {
    if (!this.#isLost) this.#onLost(error);
    this.#isLost = true;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting !== undefined && !this.#isLost) {
      const { content, isLasting } = this.#waiting;
      this.#waiting = undefined;
      await writeFileAtomic(this.#file, content, 0o644, { isLasting }).catch((error: unknown) =>
        this.give(error),
      );
    }
  }
}
