const NUMBERS = new Intl.NumberFormat('en');

/** A whole number with separators: `12,345`. */
export function formatCount(count: number): string {
  return NUMBERS.format(count);
}

/** A number and its noun: `1 blob`, `2 blobs`. */
export function formatMany(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** The part of a whole as a percentage; a dash where the whole is 0. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = (100 * part) / whole;
  // 99.96 % is not all.
  if (percent > 99 && percent < 100) return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
  if (percent > 0 && percent < 1) return '< 1 %';
  return `${Math.round(percent)} %`;
}
