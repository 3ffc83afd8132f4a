/** What a run measured, beside what the disk held when it began. */
export interface Baseline {
  readonly usedBytes: number;
  readonly diskBytes: number | undefined;
}

/**
 * The store's size by now: what it was plus what the disk has gained since. Both are of the
 * run's beginning, so what the run then removed is already in the disk's loss.
 */
export function estimateUsed(
  baseline: Baseline | undefined,
  diskBytes: number | undefined,
): number | undefined {
  if (baseline?.diskBytes === undefined || diskBytes === undefined) return undefined;
  return baseline.usedBytes + (diskBytes - baseline.diskBytes);
}
