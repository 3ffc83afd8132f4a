import { setTimeout } from 'node:timers/promises';
import type { Pace } from '../pace.ts';

/** The time of work between two rests. */
const SLICE_MS = 20;

/**
 * A pace for background work. It rests as long as it has worked, so that clients have half of the
 * disk and of a core.
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
