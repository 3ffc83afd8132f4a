/** The upper ends of the buckets, in milliseconds. A longer time counts for the whole alone. */
const BUCKETS_MS = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 120_000];

/** How many times fell into each bucket, for a histogram of Prometheus. */
export class Histogram {
  readonly #counts: number[] = BUCKETS_MS.map(() => 0);
  #count = 0;
  #sumMs = 0;

  add(ms: number): void {
    const bucket = BUCKETS_MS.findIndex((end) => ms <= end);
    if (bucket >= 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sumMs += ms;
  }

  get count(): number {
    return this.#count;
  }

  get sumSeconds(): number {
    return this.#sumMs / 1000;
  }

  /** Of each bucket its end in seconds, and how many times were no longer than that. */
  get buckets(): readonly (readonly [le: number, count: number])[] {
    let below = 0;
    return BUCKETS_MS.map((end, bucket) => {
      below += this.#counts[bucket] ?? 0;
      return [end / 1000, below];
    });
  }
}
