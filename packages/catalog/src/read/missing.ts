import { readdirSync } from 'node:fs';
import { isMissing, readQuietly } from '@registry-cache/runtime';

/** The result of `read`, or undefined for a missing file. @throws any other error. */
function orMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    // A link is none of our files.
    const isLink = (error as NodeJS.ErrnoException).code === 'ELOOP';
    if (isLink || isMissing(error)) return undefined;
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
