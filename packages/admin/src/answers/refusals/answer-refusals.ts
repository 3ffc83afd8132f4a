import { auditFile } from '@registry-cache/domain';
import type { RefusalsAnswer } from '../../contract/refusals.ts';
import { readAuditEnd } from '../../sources/read-audit-end.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describeRefusal } from './describe-refusal.ts';

export async function answerRefusals(
  { limit, since }: { readonly limit: number; readonly since?: string | undefined },
  { options, auditLog }: Pick<AnswerDeps, 'options' | 'auditLog'>,
): Promise<RefusalsAnswer> {
  const sinceMs = since === undefined ? undefined : Date.parse(since);
  const { records, mayHaveMore } = await auditLog.refusals({ limit, sinceMs });
  const more = mayHaveMore
    ? await readAuditEnd(auditFile(options.storeRoot), { event: 'refusal', limit, sinceMs })
    : [];
  // The file is not read as far as the records that are kept may go.
  const longest = more.length > records.length ? more : records;
  return { refusals: longest.map(describeRefusal) };
}
