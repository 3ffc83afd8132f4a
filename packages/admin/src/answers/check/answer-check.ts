import { auditFile } from '@registry-cache/domain';
import type { CheckAnswer } from '../../contract/check.ts';
import { sumOf } from '../../sources/parse-metrics.ts';
import { readAuditEnd } from '../../sources/read-audit-end.ts';
import { readMetrics } from '../../sources/read-metrics.ts';
import type { AnswerDeps } from '../answer-deps.ts';

const MOST_CHANGES = 20;
/** More than the audit log and the file before it have: changes are rare among other events. */
const MOST_BYTES = 96 * 1024 * 1024;

export async function answerCheck({ options }: AnswerDeps): Promise<CheckAnswer> {
  const metrics = await readMetrics(options.metricsDirs);
  const successful = sumOf(metrics, 'registry_cache_config_last_reload_successful');
  const wanted = { event: 'configuration', limit: MOST_CHANGES, mostBytes: MOST_BYTES } as const;
  const events = await readAuditEnd(auditFile(options.storeRoot), wanted);
  return {
    ...(successful !== undefined && { inUse: successful === 1 }),
    refusedChanges: sumOf(metrics, 'registry_cache_config_reload_failures_total') ?? 0,
    changes: events.map(({ time, verdict, because }) => {
      return { time, refused: verdict === 'refused', what: because };
    }),
  };
}
