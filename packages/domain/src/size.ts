import { accept, type Parsed, quoteFound, reject } from './issue.ts';

/**
 * Units of sizes. A bare letter and the `iB` form are powers of 1024 (as in `podman`, `du -h` and
 * Kubernetes' `Gi`). The `B` form is a power of 1000 (SI).
 */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  ...powers(1024, ['K', 'M', 'G', 'T', 'P']),
  ...powers(1024, ['KI', 'MI', 'GI', 'TI', 'PI']),
  ...powers(1024, ['KIB', 'MIB', 'GIB', 'TIB', 'PIB']),
  ...powers(1000, ['KB', 'MB', 'GB', 'TB', 'PB']),
};

export const SIZE_ACCEPTED =
  'a positive number with one of the units K, M, G, T, P (or KiB …), KB, MB, GB, TB, PB, such as 10G';

/**
 * Parses `10G` into bytes. The number may have a fraction (`1.5T`); the result is a whole number of
 * bytes.
 */
export function parseSize(path: string, text: string): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2].toUpperCase()];
  const bytes = unit === undefined ? Number.NaN : Math.floor(Number(match?.[1]) * unit);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    return reject({ path, found: quoteFound(text), accepted: SIZE_ACCEPTED });
  }
  return accept(bytes);
}

function powers(base: number, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, base ** (index + 1)]));
}
