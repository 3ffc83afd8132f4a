/** When cleaning starts and where it ends, in bytes of the store's use. */
export interface Limits {
  readonly startBytes: number;
  readonly targetBytes: number;
}

/**
 * Cleaning starts above the limit plus its threshold and ends at the limit. Whatever else may
 * bound the store (such as room to leave on the disk) comes in here, as smaller numbers.
 */
export function planLimits(maxSizeBytes: number, thresholdPercent: number): Limits {
  return {
    startBytes: Math.floor(maxSizeBytes * (1 + thresholdPercent / 100)),
    targetBytes: maxSizeBytes,
  };
}
