import type { Problems } from '../problems.ts';
import { look } from './look.ts';

/** Since when something counts as left behind, not as in the making. */
export const LEFTOVER_AGE_MS = 10 * 60_000;

/** Of what is there: 0 where nothing is, and as young as can be what cannot be looked at. */
export function newestMtimeMs(paths: readonly string[], problems: Problems): number {
  const times = paths.map((path) => {
    const stats = look(path, problems);
    if (typeof stats === 'object') return stats.mtimeMs;
    return stats === 'missing' ? 0 : Number.POSITIVE_INFINITY;
  });
  return Math.max(0, ...times);
}
