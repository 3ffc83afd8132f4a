/** A number of bytes, or a share of the disk. If both are set, the smaller one counts. */
export interface FreeSpace {
  readonly bytes: number | null;
  readonly percent: number | null;
}

/** The bytes that have to stay free on a disk of that size. */
export function freeSpaceBytes({ bytes, percent }: FreeSpace, diskBytes: number): number {
  const part = percent === null ? Number.POSITIVE_INFINITY : (diskBytes * percent) / 100;
  return Math.floor(Math.min(bytes ?? Number.POSITIVE_INFINITY, part));
}

/** The inodes that have to stay free of so many. A minimum in bytes alone does not limit inodes. */
export function freeInodes({ percent }: FreeSpace, inodes: number): number {
  return Math.floor((inodes * (percent ?? 0)) / 100);
}
