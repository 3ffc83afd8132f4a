import { readdirSync } from 'node:fs';
import { readQuietly } from '@registry-cache/runtime';

/** The result of `read`, or undefined for a missing file. @throws any other error. */
function orMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ELOOP: a link is none of our files.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

/** The names in a directory; none in a missing one. */
export function listNames(directory: string): string[] {
  return orMissing(() => readdirSync(directory)) ?? [];
}

/** The bytes of a file; undefined for a missing one, none for one over the limit. */
export function readBytes(file: string, maxBytes: number): Buffer | undefined {
  return orMissing(() => readQuietly(file, maxBytes));
}
