/** A list of rows of one height, of which a part is seen. */
export interface WindowOptions {
  readonly total: number;
  readonly rowPx: number;
  /** How far the list is scrolled, and how much of it is seen. */
  readonly scrolledPx: number;
  readonly seenPx: number;
  /** Rows are asked and drawn in parts of so many. */
  readonly partRows: number;
}

/** The parts that are seen, by their numbers from 0 on, and those that a small step would show. */
export function planParts(options: WindowOptions): number[] {
  const { total, rowPx, scrolledPx, seenPx, partRows } = options;
  if (total === 0) return [];
  const last = Math.ceil(total / partRows) - 1;
  const marginPx = seenPx / 2;
  const partPx = partRows * rowPx;
  const partAt = (px: number) => Math.min(Math.max(Math.floor(px / partPx), 0), last);
  const from = partAt(scrolledPx - marginPx);
  const to = partAt(scrolledPx + seenPx + marginPx);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
