import { statfs } from 'node:fs/promises';

/**
 * Bytes in use on the filesystem that holds the store, by everybody. Its growth bounds the
 * store's own and costs one system call, where measuring the store costs a walk.
 *
 * @returns nothing where the filesystem cannot be asked.
 */
export async function readDiskUse(root: string): Promise<number | undefined> {
  try {
    const { blocks, bfree, bsize } = await statfs(root);
    return (blocks - bfree) * bsize;
  } catch {
    return undefined;
  }
}
