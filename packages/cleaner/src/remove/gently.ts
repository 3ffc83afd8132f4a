import { rmdirSync, unlinkSync } from 'node:fs';
import { errorCode, type Problems } from '../problems.ts';
import { listEntries } from '../scan/list.ts';

/**
 * Removals for a tree in which others write at the same time: one name at a time, never
 * recursively by force, so that what has just come into a directory keeps it there.
 */
export function unlinkGently(path: string, problems: Problems): 'removed' | 'missing' | 'failed' {
  return attempt(path, problems, () => unlinkSync(path), []);
}

/** @returns whether the directory is gone; one with anything in it stays. */
export function rmdirGently(path: string, problems: Problems): boolean {
  return (
    attempt(path, problems, () => rmdirSync(path), ['ENOTEMPTY', 'EEXIST', 'ENOTDIR']) !== 'failed'
  );
}

/** Removes what is listed in a directory now, then the directory unless more has come. */
export function removeTreeGently(path: string, problems: Problems): void {
  for (const entry of listEntries(path, problems)) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) removeTreeGently(inner, problems);
    else unlinkGently(inner, problems);
  }
  rmdirGently(path, problems);
}

function attempt(
  path: string,
  problems: Problems,
  remove: () => void,
  expected: readonly string[],
): 'removed' | 'missing' | 'failed' {
  try {
    remove();
    return 'removed';
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return 'missing';
    if (!expected.includes(code)) problems.add(error, path);
    return 'failed';
  }
}
