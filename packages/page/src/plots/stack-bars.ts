/** A bar of a plot, in parts of the plot's width and height. */
export interface Bar {
  readonly x: number;
  readonly width: number;
  /** From the top, in the order of the series; the first one stands on the ground. */
  readonly parts: readonly { readonly y: number; readonly height: number }[];
}

/** The part of its place that a bar leaves free. */
const GAP = 0.2;

/**
 * Places bars, each with its parts on top of each other.
 * @param stacks the values of each bar, none of them negative.
 * @param max the value at the top of the plot.
 */
export function stackBars(stacks: readonly (readonly number[])[], max: number): Bar[] {
  const place = 1 / Math.max(stacks.length, 1);
  return stacks.map((values, index) => {
    let top = 1;
    const parts = values.map((value) => {
      const height = max <= 0 ? 0 : value / max;
      top -= height;
      return { y: top, height };
    });
    return { x: (index + GAP / 2) * place, width: place * (1 - GAP), parts };
  });
}
