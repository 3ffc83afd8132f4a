import { type FreeSpace, freeInodes, freeSpaceBytes } from '@registry-cache/domain';
import type { Disk } from '../scan/read-disk.ts';

/** The disk beside what the store holds. */
export interface DiskSpace {
  readonly availableBytes: number;
  readonly minFreeBytes: number;
  /** Left out where the filesystem has no fixed number of them, or none has to stay free. */
  readonly inodes?: InodeSpace;
}

export interface InodeSpace {
  readonly available: number;
  readonly minFree: number;
}

/** What a blob has at least: its file and its directory. Links come on top. */
export const INODES_PER_BLOB = 2;
/** What a fetch may take: spool file, the blob with its directories, and links with theirs. */
export const INODES_PER_FETCH = 10;

/** A run frees a little more than is missing, so that the next fetch needs no run. */
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

/** How many inodes a run has to free; 0 where there are enough of them for `wanted` more. */
export function inodesToFree(disk: DiskSpace | undefined, wanted = 0): number {
  if (disk?.inodes === undefined) return 0;
  const { available, minFree } = disk.inodes;
  const missing = minFree + wanted - available;
  return missing <= 0 ? 0 : missing + Math.ceil(minFree * HEADROOM);
}
