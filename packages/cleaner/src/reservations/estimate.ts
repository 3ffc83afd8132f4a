/** The estimated size of the store, with the use of its disk at the last look. */
export interface Estimate {
  readonly usedBytes: number;
  /** Undefined if the disk cannot be read. */
  readonly diskBytes: number | undefined;
}

/**
 * The estimate after a run. `diskBytes` is from its beginning, so that writes during the run count.
 */
export function beginEstimate(
  { usedBeforeBytes, usedAfterBytes }: { usedBeforeBytes: number; usedAfterBytes: number },
  diskBytes: number | undefined,
): Estimate {
  const freedBytes = usedBeforeBytes - usedAfterBytes;
  return {
    usedBytes: usedAfterBytes,
    diskBytes: diskBytes === undefined ? undefined : diskBytes - freedBytes,
  };
}

/**
 * Counts every growth of the disk as the store's, and no loss: only a run makes the store smaller.
 * So the store's growth cannot hide behind space that others free on the same disk.
 */
export function followDisk(
  { usedBytes, diskBytes: before }: Estimate,
  diskBytes: number | undefined,
): Estimate {
  if (before === undefined || diskBytes === undefined) return { usedBytes, diskBytes: before };
  return { usedBytes: usedBytes + Math.max(0, diskBytes - before), diskBytes };
}
