import type { AuditEvent, AuditEventName } from '@registry-cache/domain';
import type { Audit } from './audit.ts';
import { GatheredEvents } from './gathered-events.ts';

/** What clients without any right can cause, as often as they like. */
const GATHERED: ReadonlySet<AuditEventName> = new Set(['refusal', 'login-failed']);
const GATHER_MS = 1_000;
/** Of a second. A flood of different ones must not turn the log over either. */
const MAX_DIFFERENT = 20;

/**
 * An audit log that strangers cannot fill. Refusals and wrong logins that follow the first one within
 * a second are gathered. Everything else is recorded at once.
 */
export function gatherAudit(audit: Audit): Audit {
  const gathered = new GatheredEvents(MAX_DIFFERENT);
  let timer: NodeJS.Timeout | undefined;

  const recordGathered = (): boolean => {
    const events = gathered.take();
    for (const event of events) audit.record(event);
    return events.length > 0;
  };
  const restart = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (recordGathered()) restart();
    }, GATHER_MS).unref();
  };

  return {
    record(event: AuditEvent) {
      if (timer !== undefined && GATHERED.has(event.event)) {
        gathered.add({ ...event, time: event.time ?? new Date().toISOString() });
        return;
      }
      audit.record(event);
      if (GATHERED.has(event.event)) restart();
    },
    async flush() {
      recordGathered();
      await audit.flush();
    },
    get lost() {
      return audit.lost;
    },
  };
}
