import { readdirSync } from 'node:fs';

/** The result of `work`, or undefined for a missing file. @throws any other error. */
export async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * The result of `read`, or undefined for a missing file of the store. A link counts as missing: it
 * is none of our files.
 * @throws any other error.
 */
export function orMissingSync<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw error;
  }
}

/** The names in a directory; none in a missing one. @throws any other error. */
export function listNamesSync(directory: string): string[] {
  return orMissingSync(() => readdirSync(directory)) ?? [];
}
