import { statfs } from 'node:fs/promises';

/** The filesystem that holds the store, with what everybody else has on it. */
export interface Disk {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** What an unprivileged program may still write. */
  readonly availableBytes: number;
  /** Left out where the filesystem makes inodes as it needs them (btrfs, ZFS). */
  readonly inodes?: { readonly total: number; readonly available: number };
}

/**
 * One system call, where measuring the store costs a walk; the growth of what is in use bounds
 * the store's own.
 *
 * @returns nothing where the filesystem cannot be asked.
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
