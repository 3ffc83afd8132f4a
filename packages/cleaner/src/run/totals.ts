import type { WakeReason } from './decide-wake.ts';
import type { RunReport } from './run-once.ts';

/** The blobs that all runs of this process have evicted or found damaged. */
export interface Totals {
  /** By what made the cleaner look. */
  readonly evicted: ReadonlyMap<WakeReason, { readonly bytes: number; readonly blobs: number }>;
  readonly damagedBlobs: number;
}

export const NO_TOTALS: Totals = { evicted: new Map(), damagedBlobs: 0 };

export function addToTotals(
  { evicted, damagedBlobs }: Totals,
  reason: WakeReason,
  report: Pick<RunReport, 'evictedBytes' | 'evictedBlobs' | 'damagedBlobs'>,
): Totals {
  const { bytes, blobs } = evicted.get(reason) ?? { bytes: 0, blobs: 0 };
  const sum = { bytes: bytes + report.evictedBytes, blobs: blobs + report.evictedBlobs };
  return {
    evicted: new Map(evicted).set(reason, sum),
    damagedBlobs: damagedBlobs + report.damagedBlobs,
  };
}
