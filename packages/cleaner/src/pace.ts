import { setImmediate } from 'node:timers/promises';

/**
 * Gives the event loop its turn during long synchronous walks. A walk can end early only here, and
 * never between the steps of one removal.
 */
export interface Pace {
  /** Whether it is time to `rest`; cheap enough for every step of a walk over a million files. */
  due(): boolean;
  /** @throws the signal's reason once it is aborted. */
  rest(): Promise<void>;
}

const SLICE_MS = 20;
const STEPS_PER_LOOK = 64;

export function createPace(signal?: AbortSignal): Pace {
  let steps = 0;
  let sliceStart = performance.now();
  return {
    due() {
      if (signal?.aborted) return true;
      steps += 1;
      if (steps % STEPS_PER_LOOK !== 0) return false;
      return performance.now() - sliceStart >= SLICE_MS;
    },
    async rest() {
      signal?.throwIfAborted();
      await setImmediate();
      signal?.throwIfAborted();
      sliceStart = performance.now();
    },
  };
}
