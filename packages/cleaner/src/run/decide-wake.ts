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
  /** The size that the last run has left; undefined after one that failed. */
  readonly measuredBytes?: number | undefined;
  /** Bytes that the disk has gained or lost since the last run. */
  readonly changedBytes?: number;
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
/**
 * Operators read the measured size, and what goes next. So a store that has changed by so much is
 * measured again: that takes a half percent of the time at most.
 */
const CHANGED_SHARE = 0.02;
const CHANGED_LEAST_BYTES = 1024 * 1024;
const PAUSE_AFTER_CHANGE_MS = 10_000;
const PAUSE_AFTER_CHANGE_PER_RUN = 200;

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
  const isDue = isToMeasureAgain(state) || hasChanged(state);
  return isAbove || state.isShortOfInodes || isDue ? 'growth' : undefined;
}

/**
 * True once after each run that freed something, as soon as that space has come back to the disk.
 */
function isToMeasureAgain({ nowMs, lastRun, lastFreedMs }: WakeState): boolean {
  if (lastRun === undefined || lastFreedMs === undefined) return false;
  const freeAtMs = lastFreedMs + FREED_BY_MS;
  return nowMs >= freeAtMs && lastRun.endedMs < freeAtMs;
}

/** Whether the last measurement tells another store than there is now. */
function hasChanged({ nowMs, lastRun, measuredBytes, changedBytes = 0 }: WakeState): boolean {
  if (lastRun === undefined || measuredBytes === undefined) return false;
  const pauseMs = Math.max(PAUSE_AFTER_CHANGE_MS, PAUSE_AFTER_CHANGE_PER_RUN * lastRun.tookMs);
  if (nowMs - lastRun.endedMs < pauseMs) return false;
  return changedBytes > Math.max(CHANGED_LEAST_BYTES, measuredBytes * CHANGED_SHARE);
}
