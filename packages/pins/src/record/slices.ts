import { setImmediate } from 'node:timers/promises';

/** Gives other work its turn during a long walk. The cleaner's pace is one. */
export interface Rests {
  /** Whether it is time to `rest`. */
  due(): boolean;
  /** @throws the reason, if the walk shall end. */
  rest(): Promise<void>;
}

const SLICE_MS = 5;

/** Cuts a walk into slices of some milliseconds. */
export function createSlices(): Rests {
  let sinceMs = performance.now();
  return {
    due: () => performance.now() - sinceMs >= SLICE_MS,
    async rest() {
      await setImmediate();
      sinceMs = performance.now();
    },
  };
}
