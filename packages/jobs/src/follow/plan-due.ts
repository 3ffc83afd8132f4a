import type { FollowedList } from '@registry-cache/domain';
import type { FollowedState } from './followed-state.ts';

/** The first pause after a failure. It doubles with each further one, up to the list's own time. */
const FIRST_PAUSE_MS = 60_000;

/**
 * When a list is due, in milliseconds since the epoch.
 * @param mark - the present state of its file. A changed list is due at once.
 */
export function planDueMs(
  { everyMs }: FollowedList,
  state: FollowedState | undefined,
  mark: string,
  nowMs: number,
): number {
  // Broken off, or never begun.
  if (state?.endedMs === undefined) return 0;
  // After a clock that was ahead, the list would wait for a long time.
  if (state.mark !== mark || state.startedMs > nowMs) return 0;
  const { failuresInARow, startedMs, endedMs } = state;
  if (failuresInARow === 0) return startedMs + everyMs;
  return endedMs + Math.min(everyMs, FIRST_PAUSE_MS * 2 ** Math.min(failuresInARow - 1, 20));
}

/** The list that has been due for the longest time; undefined if none is. */
export function chooseDue<T extends { readonly dueMs: number }>(
  lists: readonly T[],
  nowMs: number,
): T | undefined {
  const due = lists.filter(({ dueMs }) => dueMs <= nowMs);
  return due.toSorted((one, other) => one.dueMs - other.dueMs)[0];
}
