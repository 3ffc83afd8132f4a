import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 5;

/**
 * Cuts long work into slices of some milliseconds, so that other requests are answered between them.
 * Each step is a short call of the disk. Done one by one through the thread pool, they would take
 * several times as long.
 */
export class Slices {
  #sinceMs = performance.now();

  isOver(): boolean {
    return performance.now() - this.#sinceMs >= SLICE_MS;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#sinceMs = performance.now();
  }
}
