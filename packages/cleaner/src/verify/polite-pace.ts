import { setTimeout } from 'node:timers/promises';
import type { Pace } from '../pace.ts';

/** So long it works before it rests. */
const SLICE_MS = 20;

/**
 * A pace for work that nobody waits for: it rests as long as it worked, so that half of the disk
 * and of a core are left to those who are served.
 */
export function createPolitePace(signal?: AbortSignal): Pace {
  let sliceStart = performance.now();
  const due = () => signal?.aborted === true || performance.now() - sliceStart >= SLICE_MS;
  return {
    due,
    async rest() {
      if (!due()) return;
      await setTimeout(performance.now() - sliceStart, undefined, { signal });
      sliceStart = performance.now();
    },
  };
}
