interface ByteRange {
  start: number;
  end: number;
}

/** Stretches of a body that are on disk while something before them is still missing. */
export class RangeSet {
  #ranges: ByteRange[] = [];

  /** From `start` to before `end`; stretches that touch become one. */
  add(start: number, end: number): void {
    const before = this.#ranges.find((range) => range.end === start);
    if (before === undefined) this.#ranges.push({ start, end });
    else before.end = end;
  }

  /** Where the stretch that holds `position` ends; undefined if there is none. */
  endOf(position: number): number | undefined {
    return this.#ranges.find(({ start, end }) => start <= position && position < end)?.end;
  }

  /** Forgets the stretches that lie wholly before `position`. */
  dropBefore(position: number): void {
    this.#ranges = this.#ranges.filter(({ end }) => end > position);
  }
}
