import type { DiskSpace } from './disk-space.ts';

/** When cleaning starts and where it ends, in bytes of the store's use. */
export interface Limits {
  readonly startBytes: number;
  readonly targetBytes: number;
}

/** Cleaning starts above the limit plus its threshold and ends at the limit. */
export function planLimits(maxSizeBytes: number, thresholdPercent: number): Limits {
  return {
    startBytes: Math.floor(maxSizeBytes * (1 + thresholdPercent / 100)),
    targetBytes: maxSizeBytes,
  };
}

/**
 * The same limits where the disk has the room for them; else smaller ones, in the same
 * proportion, so that what has to stay free does, whatever others put on the disk.
 */
export function boundByDisk(
  limits: Limits,
  storeBytes: number,
  disk?: Omit<DiskSpace, 'inodes'>,
): Limits {
  if (disk === undefined) return limits;
  const mostBytes = Math.max(0, storeBytes + disk.availableBytes - disk.minFreeBytes);
  if (mostBytes >= limits.startBytes) return limits;
  const { startBytes, targetBytes } = limits;
  return { startBytes: mostBytes, targetBytes: Math.floor((mostBytes * targetBytes) / startBytes) };
}
