import { lutimesSync, type Stats } from 'node:fs';
import { AHEAD_MS } from '@registry-cache/domain';
import type { Problems } from '../problems.ts';

export interface Times {
  readonly atimeMs: number;
  readonly mtimeMs: number;
}

/**
 * The times of a file that must age. Times ahead of the clock are set to now, on the disk as well.
 * Otherwise a clock that once was ahead would keep the file for just as long.
 */
export function settleTimes(path: string, stats: Stats, nowMs: number, problems: Problems): Times {
  const { atimeMs, mtimeMs } = stats;
  const latestMs = nowMs + AHEAD_MS;
  if (atimeMs <= latestMs && mtimeMs <= latestMs) return { atimeMs, mtimeMs };
  const times = { atimeMs: Math.min(atimeMs, nowMs), mtimeMs: Math.min(mtimeMs, nowMs) };
  try {
    lutimesSync(path, times.atimeMs / 1000, times.mtimeMs / 1000);
  } catch (error) {
    problems.add(error, path);
  }
  return times;
}
