import {
  type Dirent,
  lstatSync,
  opendirSync,
  readdirSync,
  rmdirSync,
  type Stats,
  unlinkSync,
} from 'node:fs';
import { AHEAD_MS } from '@registry-cache/domain';
import { errorCode, type Problems } from './problems.ts';

/*
 * Filesystem calls for a tree that others change at the same time: engines, egress and the operator.
 * A missing file is an ordinary result. Every other error becomes a problem, and the walk goes on.
 */

/** Codes of a path that is not there. */
const MISSING: readonly string[] = ['ENOENT', 'ENOTDIR'];
/** Codes of a directory that cannot go: it has entries, or it is a file. */
const NOT_EMPTY: readonly string[] = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'];

export type Removal = 'removed' | 'missing' | 'failed';

/** Reads the file's own size and times; a link is not followed. */
export function lstatQuietly(path: string, problems: Problems): Stats | 'missing' | 'unreadable' {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? 'missing';
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return 'missing';
    problems.add(error, path);
    return 'unreadable';
  }
}

/**
 * The newest modification time among these paths: 0 if none exists, infinite if one is unreadable.
 * A time ahead of the clock says nothing and counts as 0.
 */
export function newestMtimeMs(paths: readonly string[], problems: Problems): number {
  const latestMs = Date.now() + AHEAD_MS;
  const times = paths.map((path) => {
    const stats = lstatQuietly(path, problems);
    if (typeof stats === 'object') return stats.mtimeMs > latestMs ? 0 : stats.mtimeMs;
    return stats === 'missing' ? 0 : Number.POSITIVE_INFINITY;
  });
  return Math.max(0, ...times);
}

/** The names in a directory. A missing directory has none. */
export function listNames(directory: string, problems: Problems): string[] {
  return listed(directory, problems, () => readdirSync(directory));
}

/** The entries of a directory, with their types. A missing directory has none. */
export function listEntries(directory: string, problems: Problems): Dirent[] {
  return listed(directory, problems, () => readdirSync(directory, { withFileTypes: true }));
}

/** Yields the names in a directory one by one, so that a million of them are never in memory. */
export function* streamNames(directory: string, problems: Problems): Generator<string> {
  try {
    using open = opendirSync(directory, { bufferSize: 1024 });
    for (let entry = open.readSync(); entry !== null; entry = open.readSync()) yield entry.name;
  } catch (error) {
    if (!MISSING.includes(errorCode(error))) problems.add(error, directory);
  }
}

export function unlinkQuietly(path: string, problems: Problems): Removal {
  return attempt(path, problems, () => unlinkSync(path), []);
}

/** @returns whether the directory is gone. A directory with entries stays. */
export function rmdirQuietly(path: string, problems: Problems): boolean {
  return attempt(path, problems, () => rmdirSync(path), NOT_EMPTY) !== 'failed';
}

/**
 * Removes the entries that a directory has now, one by one, then the directory itself. It never
 * removes recursively by force: an entry that arrives meanwhile stays, and keeps the directory.
 */
export function removeTreeQuietly(path: string, problems: Problems): void {
  for (const entry of listEntries(path, problems)) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory()) removeTreeQuietly(inner, problems);
    else unlinkQuietly(inner, problems);
  }
  rmdirQuietly(path, problems);
}

function listed<T>(directory: string, problems: Problems, read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (!MISSING.includes(errorCode(error))) problems.add(error, directory);
    return [];
  }
}

function attempt(
  path: string,
  problems: Problems,
  remove: () => void,
  expected: readonly string[],
): Removal {
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
