import { ACCESS_NOTES, type AccessNote, type ServedNames } from '@registry-cache/domain';
import type { HistogramMetric, Metric } from '@registry-cache/runtime';
import { AnswerCounts } from './answer-counts.ts';

/** The work of the logger since its start. */
export interface Counts {
  lines: number;
  /** Lines that are not lines of the access log. */
  skippedLines: number;
  touched: number;
  /** Access times that could not be set. */
  failedTouches: number;
  /** The age of the newest line that was read; 0 at the end of the log. */
  lagMs: number;
  /** Lines written to the audit log, and lines that could not be written. */
  auditLines: number;
  auditLost: number;
  /** Lines with each note. */
  readonly notes: Map<AccessNote, number>;
  readonly answers: AnswerCounts;
}

/** @param served - Everything that is served now. */
export function createCounts(served: () => ServedNames = () => ({})): Counts {
  const notes = new Map(ACCESS_NOTES.map((note) => [note, 0]));
  return {
    lines: 0,
    skippedLines: 0,
    touched: 0,
    failedTouches: 0,
    lagMs: 0,
    auditLines: 0,
    auditLost: 0,
    notes,
    answers: new AnswerCounts(served),
  };
}

export function buildMetrics(counts: Counts): (Metric | HistogramMetric)[] {
  return [
    { name: 'registry_cache_logger_lines_total', value: counts.lines },
    { name: 'registry_cache_logger_skipped_lines_total', value: counts.skippedLines },
    { name: 'registry_cache_logger_touched_total', value: counts.touched },
    { name: 'registry_cache_logger_failed_touches_total', value: counts.failedTouches },
    { name: 'registry_cache_logger_audit_lines_total', value: counts.auditLines },
    { name: 'registry_cache_logger_audit_lost_total', value: counts.auditLost },
    { name: 'registry_cache_logger_lag_seconds', value: counts.lagMs / 1000 },
    ...[...counts.notes].map(([note, value]): Metric => {
      return { name: 'registry_cache_edge_noted_total', value, labels: { note } };
    }),
    ...counts.answers.buildMetrics(),
  ];
}
