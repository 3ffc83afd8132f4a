import type { DiskSpace } from './disk-space.ts';

/** The sizes of the store, in bytes, above which cleaning starts and at which it ends. */
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
 * The same limits while pins hold less than the size at which cleaning ends. If they hold more,
 * cleaning ends in the same proportion between what they hold and the size at which it starts, so
 * that other content has what is left. If they hold more than that too, there is no room for any.
 */
export function boundByPins(limits: Limits, pinnedBytes: number): Limits {
  const { startBytes, targetBytes } = limits;
  if (pinnedBytes <= targetBytes) return limits;
  if (pinnedBytes >= startBytes) return { startBytes: pinnedBytes, targetBytes: pinnedBytes };
  const roomBytes = startBytes - pinnedBytes;
  const share = targetBytes / startBytes;
  return { startBytes, targetBytes: pinnedBytes + Math.floor(roomBytes * share) };
}

/**
 * The same limits if the disk is large enough for them. Otherwise they shrink in proportion, so
 * that the minimum stays free whatever others put on the disk.
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
