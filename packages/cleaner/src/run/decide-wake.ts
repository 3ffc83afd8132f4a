export type WakeReason = 'start' | 'timer' | 'growth';

/** What the decision to run rests on. Times are those of a monotonic clock. */
export interface WakeState {
  readonly nowMs: number;
  /** Nothing before the first run. */
  readonly lastRun?: { readonly endedMs: number; readonly tookMs: number };
  readonly everyMs: number;
  /** What the store is thought to hold by now; nothing where that is not known. */
  readonly estimatedBytes: number | undefined;
  readonly startBytes: number;
}

const SHORTEST_PAUSE_MS = 1_000;
/** Early runs take at most a fifth of the time, however big the store is. */
const PAUSE_PER_RUN = 4;

/** Why to run now, if there is a reason. */
export function decideWake(state: WakeState): WakeReason | undefined {
  const { nowMs, lastRun, everyMs, estimatedBytes, startBytes } = state;
  if (lastRun === undefined) return 'start';
  const restedMs = nowMs - lastRun.endedMs;
  if (restedMs >= everyMs) return 'timer';
  if (estimatedBytes === undefined || estimatedBytes <= startBytes) return undefined;
  const pauseMs = Math.max(SHORTEST_PAUSE_MS, PAUSE_PER_RUN * lastRun.tookMs);
  return restedMs >= pauseMs ? 'growth' : undefined;
}
