import type { RunReport } from './run-once.ts';

/** The blobs that all runs of this process have evicted or found damaged. */
export interface Totals {
  readonly evictedBytes: number;
  readonly evictedBlobs: number;
  readonly damagedBlobs: number;
}

export const NO_TOTALS: Totals = { evictedBytes: 0, evictedBlobs: 0, damagedBlobs: 0 };

export function addToTotals(totals: Totals, report: RunReport): Totals {
  return {
    evictedBytes: totals.evictedBytes + report.evictedBytes,
    evictedBlobs: totals.evictedBlobs + report.evictedBlobs,
    damagedBlobs: totals.damagedBlobs + report.damagedBlobs,
  };
}
