import { auditFile } from '@registry-cache/domain';
import type { CheckAnswer } from '../../contract/check.ts';
import { sumOf } from '../../sources/parse-metrics.ts';
import { readAuditEnd } from '../../sources/read-audit-end.ts';
import { readMetrics } from '../../sources/read-metrics.ts';
import type { AnswerDeps } from '../answer-deps.ts';

const MOST_CHANGES = 20;

export async function answerCheck({ options }: AnswerDeps): Promise<CheckAnswer> {
  const metrics = await readMetrics(options.metricsDirs);
  const successful = sumOf(metrics, 'registry_cache_config_last_reload_successful');
  const events = await readAuditEnd(auditFile(options.storeRoot));
  const changes = events
    .filter(({ event }) => event === 'configuration')
    .map(({ time, verdict, because }) => ({ time, refused: verdict === 'refused', what: because }));
  return {
    ...(successful !== undefined && { inUse: successful === 1 }),
    refusedChanges: sumOf(metrics, 'registry_cache_config_reload_failures_total') ?? 0,
    changes: changes.toReversed().slice(0, MOST_CHANGES),
  };
}
