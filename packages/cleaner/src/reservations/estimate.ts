/** What the store is thought to hold, and what its disk held when that was last looked at. */
export interface Estimate {
  readonly usedBytes: number;
  /** Nothing where the disk cannot be asked. */
  readonly diskBytes: number | undefined;
}

/** After a run; `diskBytes` is of its beginning, so that what was written during it counts. */
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
 * Whatever the disk has gained may be the store's; what it has lost is not, because only a run
 * makes the store smaller. So growth does not hide behind what others free on the same disk.
 */
export function followDisk(
  { usedBytes, diskBytes: before }: Estimate,
  diskBytes: number | undefined,
): Estimate {
  if (before === undefined || diskBytes === undefined) return { usedBytes, diskBytes: before };
  return { usedBytes: usedBytes + Math.max(0, diskBytes - before), diskBytes };
}
