export type WakeReason = 'start' | 'timer' | 'growth' | 'reservation';

/** What the decision to run rests on. Times are those of a monotonic clock. */
export interface WakeState {
  readonly nowMs: number;
  /** Nothing before the first run. */
  readonly lastRun?: { readonly endedMs: number; readonly tookMs: number };
  /** When a run last freed something; nothing where none has. */
  readonly lastFreedMs?: number;
  readonly everyMs: number;
  /** What the store is thought to hold by now; nothing where that is not known. */
  readonly estimatedBytes: number | undefined;
  readonly startBytes: number;
  /** Whether somebody waits for room that there is not. */
  readonly isReservationWaiting?: boolean;
  /** Whether the disk has fewer inodes left than have to stay free. */
  readonly isShortOfInodes?: boolean;
}

const SHORTEST_PAUSE_MS = 1_000;
/** Somebody waits, who gives up after seconds; a walk over a small store takes milliseconds. */
const SHORTEST_PAUSE_FOR_RESERVATIONS_MS = 100;
/** Early runs take at most a fifth of the time, however big the store is. */
const PAUSE_PER_RUN = 4;
/** A journaling filesystem gives freed space back seconds later, and growth can hide behind that. */
const FREED_BY_MS = 10_000;

/** Why to run now, if there is a reason. */
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
  const isAbove = estimatedBytes !== undefined && estimatedBytes > startBytes;
  return isAbove || state.isShortOfInodes || isToMeasureAgain(state) ? 'growth' : undefined;
}

/** Once after each run that freed something: when all of that has come back to the disk. */
function isToMeasureAgain({ nowMs, lastRun, lastFreedMs }: WakeState): boolean {
  if (lastRun === undefined || lastFreedMs === undefined) return false;
  const freeAtMs = lastFreedMs + FREED_BY_MS;
  return nowMs >= freeAtMs && lastRun.endedMs < freeAtMs;
}
