import { createBoundedMap } from '@registry-cache/runtime';

const CAPACITY = 10_000;
/** After a fetch has started, the next one for parts starts after this time at the earliest. */
const REST_MS = 3_600_000;

interface Count {
  ranges: number;
  startedMs: number | undefined;
}

/** Counts the requests for parts of each blob, to decide when the whole blob is worth a fetch. */
export class RangeCounts {
  readonly #counts = createBoundedMap<string, Count>(CAPACITY);

  /**
   * Counts one more request for a part of a blob.
   * @param limit how many requests start a fetch of the whole; 0 is never.
   * @returns whether to start that fetch now.
   */
  countRange(upstreamId: string, digest: string, limit: number, nowMs: number): boolean {
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
