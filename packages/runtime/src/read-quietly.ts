import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Only plain files are read. These flags do not follow a link, and do not wait for a pipe. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads a small file whole. This reading must not count as use of the file, so the access time stays
 * if the system allows that.
 * @returns no bytes for a file of more than `maxBytes`, and for anything but a plain file.
 * @throws Error with the system's code (`ENOENT`, `EIO`, …) if the file cannot be read.
 */
export function readQuietly(file: string, maxBytes: number): Buffer {
  const descriptor = openQuietly(file);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.size > maxBytes) return Buffer.alloc(0);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Only the owner of a file and root may open it with O_NOATIME; others get EPERM. */
function openQuietly(file: string): number {
  try {
    return openSync(file, READ | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(file, READ);
  }
}
