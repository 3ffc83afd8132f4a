interface Island {
  start: number;
  end: number;
}

/** Stretches of a body that are on disk while something before them is still missing. */
export class Islands {
  #islands: Island[] = [];

  /** From `start` to before `end`; stretches that touch become one. */
  add(start: number, end: number): void {
    const before = this.#islands.find((island) => island.end === start);
    if (before === undefined) this.#islands.push({ start, end });
    else before.end = end;
  }

  /** Where the stretch that holds `position` ends; undefined if there is none. */
  endOf(position: number): number | undefined {
    return this.#islands.find(({ start, end }) => start <= position && position < end)?.end;
  }

  /** Forgets the stretches that lie wholly before `position`. */
  dropBefore(position: number): void {
    this.#islands = this.#islands.filter(({ end }) => end > position);
  }
}
