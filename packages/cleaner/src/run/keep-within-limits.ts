import { setTimeout } from 'node:timers/promises';
import type { Limits } from '../plan/limits.ts';
import { decideWake, type WakeReason } from './decide-wake.ts';
import { beginEstimate, type Estimate, followDisk } from './estimate.ts';
import { type RunReport, runOnce } from './run-once.ts';

export interface KeepOptions {
  readonly root: string;
  readonly limits: Limits;
  readonly everyMs: number;
  readonly pollMs?: number;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** Bytes in use where the store is; nothing where that cannot be known. */
  readonly readDiskUse: (root: string) => Promise<number | undefined>;
  readonly onRun: (reason: WakeReason, report: RunReport) => Promise<void>;
  /** A run that failed as a whole, such as for want of a store; the next turn tries again. */
  readonly onFailure: (reason: WakeReason, error: unknown) => void;
}

const POLL_MS = 1_000;

/** Runs at the start, by the timer, and early when the store may have outgrown its limit. */
export async function keepWithinLimits(options: KeepOptions): Promise<void> {
  const { root, limits, everyMs, signal, pollMs = POLL_MS } = options;
  let lastRun: { endedMs: number; tookMs: number } | undefined;
  let lastFreedMs: number | undefined;
  let estimate: Estimate | undefined;
  while (!signal.aborted) {
    const diskBytes = await options.readDiskUse(root);
    estimate = estimate && followDisk(estimate, diskBytes);
    const reason = decideWake({
      nowMs: performance.now(),
      ...(lastRun && { lastRun }),
      ...(lastFreedMs !== undefined && { lastFreedMs }),
      everyMs,
      estimatedBytes: estimate?.usedBytes,
      startBytes: limits.startBytes,
    });
    if (reason === undefined) {
      await rest(pollMs, signal);
      continue;
    }
    const startedMs = performance.now();
    const report = await attemptRun(reason, options);
    estimate = report && beginEstimate(report, diskBytes);
    const endedMs = performance.now();
    lastRun = { endedMs, tookMs: endedMs - startedMs };
    if (report && report.usedAfterBytes < report.usedBeforeBytes) lastFreedMs = endedMs;
  }
}

async function attemptRun(reason: WakeReason, options: KeepOptions) {
  const { root, limits, nowMs, signal } = options;
  try {
    const sweepAlways = reason !== 'growth';
    const report = await runOnce({ root, limits, nowMs, signal, sweepAlways });
    await options.onRun(reason, report);
    return report;
  } catch (error) {
    if (!signal.aborted) options.onFailure(reason, error);
    return undefined;
  }
}

async function rest(pollMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(pollMs, undefined, { signal });
  } catch {
    // Stopped while resting.
  }
}
