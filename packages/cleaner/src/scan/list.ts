import { type Dirent, readdirSync } from 'node:fs';
import { errorCode, type Problems } from '../problems.ts';

/**
 * The names in a directory. One that is not there has none: engines and the operator may
 * remove directories while we walk.
 */
export function listNames(directory: string, problems: Problems): string[] {
  return listed(directory, problems, () => readdirSync(directory));
}

export function listEntries(directory: string, problems: Problems): Dirent[] {
  return listed(directory, problems, () => readdirSync(directory, { withFileTypes: true }));
}

function listed<T>(directory: string, problems: Problems, read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error))) problems.add(error, directory);
    return [];
  }
}
