import { createBoundedMap } from '@registry-cache/runtime';

const CAPACITY = 10_000;
/** A fetch that could not be kept is not started again for parts at once. */
const REST_MS = 3_600_000;

interface Count {
  ranges: number;
  startedMs: number | undefined;
}

/** How often parts of which blob were asked for, to tell when all of it is worth a fetch. */
export class RangeCounts {
  readonly #counts = createBoundedMap<string, Count>(CAPACITY);

  /** Counts one more. @returns whether the whole blob is to be fetched now; `limit` 0 is never. */
  isEnough(upstreamId: string, digest: string, limit: number, nowMs: number): boolean {
    if (limit === 0) return false;
    const key = `${upstreamId} ${digest}`;
    const count = this.#counts.get(key) ?? { ranges: 0, startedMs: undefined };
    this.#counts.set(key, count);
    count.ranges += 1;
    const { startedMs } = count;
    const isResting = startedMs !== undefined && Math.abs(nowMs - startedMs) < REST_MS;
    if (count.ranges < limit || isResting) return false;
    Object.assign(count, { ranges: 0, startedMs: nowMs });
    return true;
  }
}
