import { statfs } from 'node:fs/promises';

/** The filesystem that holds the store, with the files of all other programs. */
export interface Disk {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Bytes that an unprivileged program may still write. */
  readonly availableBytes: number;
  /** Left out if the filesystem makes inodes as it needs them (btrfs, ZFS). */
  readonly inodes?: { readonly total: number; readonly available: number };
}

/**
 * Reads the use of the disk by one system call, whereas measuring the store costs a walk. The store
 * cannot have grown by more than this use.
 *
 * @returns undefined if the filesystem cannot be read.
 */
export async function readDisk(root: string): Promise<Disk | undefined> {
  try {
    const { blocks, bfree, bavail, bsize, files, ffree } = await statfs(root);
    return {
      totalBytes: blocks * bsize,
      usedBytes: (blocks - bfree) * bsize,
      availableBytes: bavail * bsize,
      ...(files > 0 && { inodes: { total: files, available: ffree } }),
    };
  } catch {
    return undefined;
  }
}
