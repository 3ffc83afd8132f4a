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
  const counter = (name: string, help: string, value: number): Metric => {
    return { name: `registry_cache_logger_${name}`, help, type: 'counter', value };
  };
  return [
    counter('lines_total', 'Lines read from the access log.', counts.lines),
    counter('skipped_lines_total', 'Lines that were not understood.', counts.skippedLines),
    counter('touched_total', 'Access times set.', counts.touched),
    counter('failed_touches_total', 'Access times that could not be set.', counts.failedTouches),
    counter('audit_lines_total', 'Lines written to the audit log.', counts.auditLines),
    counter(
      'audit_lost_total',
      'Lines of the audit log that could not be written.',
      counts.auditLost,
    ),
    {
      name: 'registry_cache_logger_lag_seconds',
      help: 'Age of the newest line read; 0 at the end of the log.',
      type: 'gauge',
      value: counts.lagMs / 1000,
    },
    ...[...counts.notes].map(([note, value]): Metric => {
      const help = 'Requests that an operator should know of (docs/operating.md).';
      const labels = { note };
      return { name: 'registry_cache_edge_noted_total', help, type: 'counter', value, labels };
    }),
    ...counts.answers.buildMetrics(),
  ];
}
