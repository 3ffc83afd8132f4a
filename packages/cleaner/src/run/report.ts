import { formatDuration, formatSize, type MetricName } from '@registry-cache/domain';
import type { Logger, Metric } from '@registry-cache/runtime';
import type { DiskSpace } from '../plan/disk-space.ts';
import type { Limits } from '../plan/limits.ts';
import { WAKE_REASONS, type WakeReason } from './decide-wake.ts';
import { buildPinMetrics } from './report-pins.ts';
import type { RunReport } from './run-once.ts';
import type { Totals } from './totals.ts';

/** Logs one line for a run; at `debug` where it found nothing to remove. */
export function logRun(log: Logger, reason: WakeReason, report: RunReport): void {
  const { oldestAccessMs, usedBeforeBytes, usedAfterBytes } = report;
  const fields = {
    reason,
    freedBytes: report.evictedBytes + report.leftoverBytes,
    freed: formatSize(report.evictedBytes + report.leftoverBytes),
    blobs: report.evictedBlobs,
    links: report.removedLinks,
    spared: report.sparedBlobs,
    damaged: report.damagedBlobs,
    usedBeforeBytes,
    usedAfterBytes,
    used: formatSize(usedAfterBytes),
    took: formatDuration(report.durationMs),
    oldestAccess: oldestAccessMs === undefined ? null : new Date(oldestAccessMs).toISOString(),
  };
  const { evictedBlobs, removedLinks, damagedBlobs, leftoverBytes } = report;
  const didNothing = evictedBlobs + removedLinks + damagedBlobs + leftoverBytes === 0;
  if (damagedBlobs > 0) log.warn({ blobs: damagedBlobs }, 'removed damaged blobs');
  if (didNothing) log.debug(fields, 'nothing to clean');
  else log.info(fields, 'cleaned');
}

/**
 * Logs one line for the problems of a run, unless an early run only meets the known ones again.
 *
 * @param known the problems that were reported last
 * @returns the problems that are reported by now
 */
export function logProblems(
  log: Logger,
  reason: WakeReason,
  { problems }: RunReport,
  known: string,
): string {
  const codes = problems.map(({ code }) => code).join();
  const isNews = !isEarly(reason) || codes !== known;
  if (problems.length > 0 && isNews) log.warn({ problems }, 'files could not be read or removed');
  return codes;
}

/** Early runs may follow each other within seconds. */
export function isEarly(reason: WakeReason): boolean {
  return reason !== 'start' && reason !== 'timer';
}

/** The metrics of the newest run, and of all runs since the start. */
export function buildMetrics(
  report: RunReport,
  limits: Limits,
  totals: Totals,
  disk?: DiskSpace,
): Metric[] {
  const oldest = report.oldestAccessMs;
  return [
    { name: 'registry_cache_store_bytes', value: report.usedAfterBytes },
    { name: 'registry_cache_store_limit_bytes', value: limits.targetBytes },
    { name: 'registry_cache_store_blobs', value: report.blobs },
    ...when(oldest, 'registry_cache_store_oldest_access_timestamp_seconds', (ms) => ms / 1000),
    ...when(disk?.inodes, 'registry_cache_store_free_inodes', ({ available }) => available),
    ...when(disk?.inodes, 'registry_cache_store_min_free_inodes', ({ minFree }) => minFree),
    ...buildPinMetrics(report),
    ...WAKE_REASONS.map((reason): Metric => {
      const value = totals.evicted.get(reason)?.bytes ?? 0;
      return { name: 'registry_cache_evicted_bytes_total', value, labels: { reason } };
    }),
    ...WAKE_REASONS.map((reason): Metric => {
      const value = totals.evicted.get(reason)?.blobs ?? 0;
      return { name: 'registry_cache_evicted_blobs_total', value, labels: { reason } };
    }),
    { name: 'registry_cache_damaged_blobs_total', value: totals.damagedBlobs },
    {
      name: 'registry_cache_cleaner_last_run_timestamp_seconds',
      value: report.startedMs / 1000,
    },
    {
      name: 'registry_cache_cleaner_last_run_duration_seconds',
      value: report.durationMs / 1000,
    },
    { name: 'registry_cache_cleaner_problems', value: countProblems(report) },
  ];
}

/** No metric while its source is unknown. */
function when<T>(source: T | undefined, name: MetricName, read: (source: T) => number): Metric[] {
  return source === undefined ? [] : [{ name, value: read(source) }];
}

function countProblems({ problems }: RunReport): number {
  return problems.reduce((sum, { count }) => sum + count, 0);
}
