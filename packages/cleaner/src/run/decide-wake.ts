/** What makes the cleaner look: `growth` is that of the store, `reservation` is room for a fetch. */
export const WAKE_REASONS = ['start', 'timer', 'growth', 'reservation', 'pins'] as const;
export type WakeReason = (typeof WAKE_REASONS)[number];

/** The inputs of the decision to run. Times are those of a monotonic clock. */
export interface WakeState {
  readonly nowMs: number;
  /** Left out before the first run. */
  readonly lastRun?: { readonly endedMs: number; readonly tookMs: number };
  /** The end of the last run that freed something; left out if none has. */
  readonly lastFreedMs?: number;
  readonly everyMs: number;
  /** The estimated size of the store; undefined if it is unknown. */
  readonly estimatedBytes: number | undefined;
  readonly startBytes: number;
  /** Whether a reservation waits for space. */
  readonly isReservationWaiting?: boolean;
  /** Whether the disk has fewer free inodes than its minimum. */
  readonly isShortOfInodes?: boolean;
  /** Whether pins left no room for other content, and have changed since. */
  readonly mayHaveRoomAgain?: boolean;
}

const SHORTEST_PAUSE_MS = 1_000;
/**
 * Short, because a waiting client gives up after seconds. A walk over a small store takes
 * milliseconds.
 */
const SHORTEST_PAUSE_FOR_RESERVATIONS_MS = 100;
/** Early runs take at most a fifth of the time, however large the store is. */
const PAUSE_PER_RUN = 4;
/** A journaling filesystem gives freed space back seconds later, and growth can hide behind it. */
const FREED_BY_MS = 10_000;

/** The reason to run now, if there is one. */
export function decideWake(state: WakeState): WakeReason | undefined {
  const { nowMs, lastRun, everyMs, estimatedBytes, startBytes } = state;
  if (lastRun === undefined) return 'start';
  const restedMs = nowMs - lastRun.endedMs;
  if (restedMs >= everyMs) return 'timer';
  const pauseMs = PAUSE_PER_RUN * lastRun.tookMs;
  if (
    state.isReservationWaiting &&
    restedMs >= Math.max(SHORTEST_PAUSE_FOR_RESERVATIONS_MS, pauseMs)
  ) {
    return 'reservation';
  }
  if (restedMs < Math.max(SHORTEST_PAUSE_MS, pauseMs)) return undefined;
  if (state.mayHaveRoomAgain) return 'pins';
  const isAbove = estimatedBytes !== undefined && estimatedBytes > startBytes;
  return isAbove || state.isShortOfInodes || isToMeasureAgain(state) ? 'growth' : undefined;
}

/**
 * True once after each run that freed something, as soon as that space has come back to the disk.
 */
function isToMeasureAgain({ nowMs, lastRun, lastFreedMs }: WakeState): boolean {
  if (lastRun === undefined || lastFreedMs === undefined) return false;
  const freeAtMs = lastFreedMs + FREED_BY_MS;
  return nowMs >= freeAtMs && lastRun.endedMs < freeAtMs;
}
