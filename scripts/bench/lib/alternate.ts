/** The number of measurements of each side. */
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

/** The figures of one measurement, by name. */
export type Figures = Readonly<Record<string, number>>;

/**
 * Measures each contender in turn, round after round, and returns the median of every figure. So
 * a time with a busy machine affects both.
 */
export async function alternate<C, F extends Figures>(
  contenders: readonly C[],
  measure: (contender: C) => Promise<F>,
  rounds = ROUNDS,
): Promise<F[]> {
  const taken = contenders.map((): F[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      taken[index]?.push(await measure(contender));
    }
  }
  return taken.map(medians);
}

function medians<F extends Figures>(taken: readonly F[]): F {
  const names = Object.keys(taken[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(taken.map((figures) => figures[name] ?? Number.NaN))]),
  ) as F;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = Number.NaN, high = low] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return (low + high) / 2;
}
