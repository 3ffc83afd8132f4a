import { auditFile } from '@registry-cache/domain';
import type { RefusalsAnswer } from '../../contract/refusals.ts';
import { readAuditEnd } from '../../sources/read-audit-end.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describeRefusal } from './describe-refusal.ts';

export async function answerRefusals(
  { limit, since }: { readonly limit: number; readonly since?: string | undefined },
  { options }: AnswerDeps,
): Promise<RefusalsAnswer> {
  const sinceMs = since === undefined ? undefined : Date.parse(since);
  const wanted = { event: 'refusal', limit, sinceMs } as const;
  const records = await readAuditEnd(auditFile(options.storeRoot), wanted);
  return { refusals: records.map(describeRefusal) };
}
