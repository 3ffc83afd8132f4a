import { type AuditEvent, auditFile } from '@registry-cache/domain';
import { appendAudit, type Logger } from '@registry-cache/runtime';
import { runAs } from './run-as.ts';
import type { RunUser } from './run-user.ts';

/** The user, store and log of an event. */
export interface AuditPlace {
  readonly user: RunUser | undefined;
  readonly storeRoot: string;
  readonly log: Logger;
}

/**
 * Appends an event of the configuration to the audit log. As root, a process of the programs' user
 * does it, as in `prepareStoreAs`. A log that cannot be written is only reported.
 */
export async function recordConfiguration(
  { user, storeRoot, log }: AuditPlace,
  event: Pick<AuditEvent, 'because' | 'verdict'>,
): Promise<void> {
  const file = auditFile(storeRoot);
  const whole: AuditEvent = { ...event, event: 'configuration', way: 'operator' };
  try {
    if (user === undefined) return await appendAudit(file, [whole]);
    const result = await runAs(user, [AUDIT_COMMAND, file, JSON.stringify(whole)]);
    if (!result.hasSucceeded) log.warn({ file, found: result.problem }, MESSAGE);
  } catch (error) {
    log.warn({ err: error, file }, MESSAGE);
  }
}

const MESSAGE = 'could not write the audit log';

/** The argument of `config` by which `recordConfiguration` starts the process. */
export const AUDIT_COMMAND = 'audit';

/** The work of the process that `recordConfiguration` starts. Returns its exit status. */
export async function runAuditChild([file = '', json = '']: readonly string[]): Promise<number> {
  await appendAudit(file, [JSON.parse(json) as AuditEvent]);
  return 0;
}
