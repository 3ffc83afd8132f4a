import type { CheckAnswer } from '../../contract/check.ts';
import { sumOf } from '../../sources/parse-metrics.ts';
import { readMetrics } from '../../sources/read-metrics.ts';
import type { AnswerDeps } from '../answer-deps.ts';

export async function answerCheck({
  options,
  auditLog,
}: Pick<AnswerDeps, 'options' | 'auditLog'>): Promise<CheckAnswer> {
  const metrics = await readMetrics(options.metricsDirs);
  const successful = sumOf(metrics, 'registry_cache_config_last_reload_successful');
  const last = await auditLog.changes();
  return {
    ...(successful !== undefined && { inUse: successful === 1 }),
    refusedChanges: sumOf(metrics, 'registry_cache_config_reload_failures_total') ?? 0,
    changes: last.map(({ time, verdict, because }) => {
      return { time, refused: verdict === 'refused', what: because };
    }),
  };
}
