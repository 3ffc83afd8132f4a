import { AHEAD_MS } from '@registry-cache/domain';
import type { Problems } from '../problems.ts';
import { look } from './look.ts';

/** Since when something counts as left behind, not as in the making. */
export const LEFTOVER_AGE_MS = 10 * 60_000;

/**
 * Of what is there: 0 where nothing is, and as young as can be what cannot be looked at. A time
 * that is ahead of the clock says nothing, so it makes nothing young.
 */
export function newestMtimeMs(paths: readonly string[], problems: Problems): number {
  const latestMs = Date.now() + AHEAD_MS;
  const times = paths.map((path) => {
    const stats = look(path, problems);
    if (typeof stats === 'object') return stats.mtimeMs > latestMs ? 0 : stats.mtimeMs;
    return stats === 'missing' ? 0 : Number.POSITIVE_INFINITY;
  });
  return Math.max(0, ...times);
}
