import { setTimeout } from 'node:timers/promises';
import { pinsDir } from '@registry-cache/domain';
import { HeldReader } from '@registry-cache/pins';
import { readStamp } from '@registry-cache/runtime';
import type { Limits } from '../plan/limits.ts';
import { beginEstimate, type Estimate } from '../reservations/estimate.ts';
import type { Ledger } from '../reservations/ledger.ts';
import type { ReservationQueue } from '../reservations/queue.ts';
import type { Disk } from '../scan/read-disk.ts';
import { decideWake, type WakeReason } from './decide-wake.ts';
import { type RunReport, runOnce } from './run-once.ts';

export interface KeepOptions {
  readonly root: string;
  readonly limits: Limits;
  readonly everyMs: number;
  readonly pollMs?: number;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Undefined if the disk cannot be read. */
  readonly readDisk: (root: string) => Promise<Disk | undefined>;
  readonly ledger: Ledger;
  readonly queue: ReservationQueue;
  readonly onRun: (reason: WakeReason, report: RunReport) => Promise<void>;
  /**
   * Called after a run that failed as a whole, for example because the store is missing. The next
   * turn tries again.
   */
  readonly onFailure: (reason: WakeReason, error: unknown) => void;
}

const POLL_MS = 1_000;
/** While a reservation waits and the last run has only just ended. */
const SHORT_POLL_MS = 20;

/**
 * Runs at the start and by the timer. Runs early when the store may have outgrown its limit or
 * has changed since it was measured, or when a reservation waits for space.
 */
export async function keepWithinLimits(options: KeepOptions): Promise<void> {
  const { root, everyMs, signal, ledger, queue, pollMs = POLL_MS } = options;
  let lastRun: { endedMs: number; tookMs: number } | undefined;
  let lastFreedMs: number | undefined;
  let left: Estimate | undefined;
  let seenPins = '';
  const held = new HeldReader(root);
  while (!signal.aborted) {
    const disk = await options.readDisk(root);
    ledger.followDisk(disk, performance.now());
    const reason = decideWake({
      nowMs: performance.now(),
      ...(lastRun && { lastRun }),
      ...(lastFreedMs !== undefined && { lastFreedMs }),
      everyMs,
      estimatedBytes: ledger.usedBytes,
      startBytes: ledger.wakeBytes,
      measuredBytes: left?.usedBytes,
      changedBytes: Math.abs((disk?.usedBytes ?? 0) - (left?.diskBytes ?? disk?.usedBytes ?? 0)),
      isReservationWaiting: queue.hasWaiting,
      isShortOfInodes: ledger.isShortOfInodes,
      mayHaveRoomAgain: ledger.isFullOfPins && markOfPins(root) !== seenPins,
    });
    if (reason === undefined) {
      await (queue.hasWaiting ? rest(SHORT_POLL_MS, signal) : rest(pollMs, signal, queue));
      continue;
    }
    const startedMs = performance.now();
    // The mark comes first: a change during the run makes another mark.
    seenPins = markOfPins(root);
    const report = await attemptRun(reason, options, held, disk);
    const endedMs = performance.now();
    lastRun = { endedMs, tookMs: endedMs - startedMs };
    left = report && beginEstimate(report, disk?.usedBytes);
    if (report && report.usedAfterBytes < report.usedBeforeBytes) lastFreedMs = endedMs;
  }
}

/** Changes with each change of the pins. */
function markOfPins(root: string): string {
  try {
    return readStamp([pinsDir(root)]).states.join();
  } catch {
    return '';
  }
}

async function attemptRun(
  reason: WakeReason,
  options: KeepOptions,
  held: HeldReader,
  disk: Disk | undefined,
) {
  const { root, limits, nowMs, signal, ledger, queue } = options;
  const { wantedBytes, wantedFetches, close } = queue.openRun();
  const { pendingBytes } = ledger;
  let report: RunReport | undefined;
  try {
    report = await runOnce({
      root,
      limits,
      held,
      nowMs,
      signal,
      // Damage by a power loss is found before it is served for long.
      checkSizes: reason === 'start',
      sweepAlways: reason === 'start' || reason === 'timer',
      wantedBytes,
      wantedFetches,
      pendingBytes,
      ...(ledger.disk && { disk: ledger.disk }),
    });
    return report;
  } catch (error) {
    if (!signal.aborted) options.onFailure(reason, error);
    return undefined;
  } finally {
    ledger.recordRun(report, disk?.usedBytes, pendingBytes);
    close();
    if (report !== undefined) await options.onRun(reason, report);
  }
}

/** Waits for the time to pass, or for a reservation that does not fit. */
async function rest(forMs: number, signal: AbortSignal, queue?: ReservationQueue): Promise<void> {
  const woken = new AbortController();
  void queue?.untilWaiting().then(() => woken.abort());
  try {
    await setTimeout(forMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) });
  } catch {
    // The rest was cut short by the stop or by a reservation.
  }
}
