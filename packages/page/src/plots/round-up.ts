const STEPS = [1, 2, 2.5, 5, 10];

/**
 * The next round number for the top of a plot: 1, 2, 2.5 or 5 times a power of ten, or of 1024 with a
 * base of 1024.
 */
export function roundUp(value: number, base: 10 | 1024 = 10): number {
  if (value <= 0) return 1;
  const unit = base === 10 ? 1 : 1024 ** Math.max(0, Math.floor(Math.log2(value) / 10));
  const power = 10 ** Math.floor(Math.log10(value / unit));
  const step = STEPS.find((one) => one * power * unit >= value) ?? 10;
  return Math.max(step * power * unit, 1);
}
