interface ByteRange {
  start: number;
  end: number;
}

/** Ranges of a body that are on disk while bytes before them are still missing. */
export class RangeSet {
  #ranges: ByteRange[] = [];

  /** Adds the bytes from `start` to before `end`. A range that ends at `start` grows. */
  add(start: number, end: number): void {
    const before = this.#ranges.find((range) => range.end === start);
    if (before === undefined) this.#ranges.push({ start, end });
    else before.end = end;
  }

  /** The end of the range that contains `position`; undefined if there is none. */
  endOf(position: number): number | undefined {
    return this.#ranges.find(({ start, end }) => start <= position && position < end)?.end;
  }

  /** Forgets the ranges that end at or before `position`. */
  dropBefore(position: number): void {
    this.#ranges = this.#ranges.filter(({ end }) => end > position);
  }
}
