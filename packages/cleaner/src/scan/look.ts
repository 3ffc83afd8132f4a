import { lstatSync, type Stats } from 'node:fs';
import { errorCode, type Problems } from '../problems.ts';

/**
 * A file's own size and times. What is `missing` may have been removed a moment ago; what is
 * `unreadable` is noted among the problems.
 */
export function look(path: string, problems: Problems): Stats | 'missing' | 'unreadable' {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? 'missing';
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return 'missing';
    problems.add(error, path);
    return 'unreadable';
  }
}
