import { formatDuration, formatSize } from '@registry-cache/domain';
import type { Logger, Metric } from '@registry-cache/runtime';
import type { DiskSpace } from '../plan/disk-space.ts';
import type { Limits } from '../plan/limits.ts';
import type { WakeReason } from './decide-wake.ts';
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
  const gauge = (name: string, help: string, value: number): Metric => {
    return { name: `registry_cache_${name}`, help, type: 'gauge', value };
  };
  const counter = (name: string, help: string, value: number): Metric => {
    return { name: `registry_cache_${name}`, help, type: 'counter', value };
  };
  const oldest = report.oldestAccessMs;
  const name = 'store_oldest_access_timestamp_seconds';
  return [
    gauge('store_bytes', 'Bytes in the store after the last run.', report.usedAfterBytes),
    gauge('store_limit_bytes', 'Bytes that cleaning ends at.', limits.targetBytes),
    gauge('store_blobs', 'Blobs in the store after the last run.', report.blobs),
    ...(oldest === undefined ? [] : [gauge(name, 'Oldest access of a blob.', oldest / 1000)]),
    ...(disk?.inodes === undefined
      ? []
      : [
          gauge(
            'store_free_inodes',
            'Inodes free on the disk before the last run.',
            disk.inodes.available,
          ),
          gauge(
            'store_min_free_inodes',
            'Inodes that have to stay free on the disk.',
            disk.inodes.minFree,
          ),
        ]),
    ...buildPinMetrics(report),
    counter('evicted_bytes_total', 'Bytes of evicted blobs.', totals.evictedBytes),
    counter('evicted_blobs_total', 'Evicted blobs.', totals.evictedBlobs),
    counter('damaged_blobs_total', 'Blobs found damaged by the cleaner.', totals.damagedBlobs),
    gauge(
      'cleaner_last_run_timestamp_seconds',
      'When the last run began.',
      report.startedMs / 1000,
    ),
    gauge('cleaner_last_run_duration_seconds', 'How long it took.', report.durationMs / 1000),
    gauge('cleaner_problems', 'Files it could not read or remove.', countProblems(report)),
  ];
}

function countProblems({ problems }: RunReport): number {
  return problems.reduce((sum, { count }) => sum + count, 0);
}
