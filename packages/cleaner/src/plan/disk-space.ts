import { type FreeSpace, freeInodes, freeSpaceBytes } from '@registry-cache/domain';
import type { Disk } from '../scan/read-disk.ts';

/** Free space of the disk that holds the store. */
export interface DiskSpace {
  readonly availableBytes: number;
  readonly minFreeBytes: number;
  /** Left out if the filesystem has no fixed number of inodes, or if none has to stay free. */
  readonly inodes?: InodeSpace;
}

export interface InodeSpace {
  readonly available: number;
  readonly minFree: number;
}

/** The inodes of a blob at least: its file and its directory. Links come on top. */
export const INODES_PER_BLOB = 2;
/** The inodes that a fetch may take: spool file, blob and links, with their directories. */
export const INODES_PER_FETCH = 10;

/** A run frees somewhat more than is missing, so that the next fetch needs no run. */
const HEADROOM = 0.1;

export function diskSpace(disk: Disk, minFree: FreeSpace): DiskSpace {
  const { availableBytes, totalBytes, inodes } = disk;
  const minFreeInodes = inodes === undefined ? 0 : freeInodes(minFree, inodes.total);
  return {
    availableBytes,
    minFreeBytes: freeSpaceBytes(minFree, totalBytes),
    ...(inodes &&
      minFreeInodes > 0 && {
        inodes: { available: inodes.available, minFree: minFreeInodes },
      }),
  };
}

export function isShortOfInodes(disk: DiskSpace | undefined): boolean {
  return disk?.inodes !== undefined && disk.inodes.available < disk.inodes.minFree;
}

/** The number of inodes that a run has to free; 0 if `wanted` more inodes still fit. */
export function inodesToFree(disk: DiskSpace | undefined, wanted = 0): number {
  if (disk?.inodes === undefined) return 0;
  const { available, minFree } = disk.inodes;
  const missing = minFree + wanted - available;
  return missing <= 0 ? 0 : missing + Math.ceil(minFree * HEADROOM);
}
