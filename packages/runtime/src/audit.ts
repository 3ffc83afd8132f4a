import { type AuditEvent, formatAuditLine } from '@registry-cache/domain';
import { appendLines } from './append-lines.ts';
import type { Logger } from './log.ts';
import { createWriteQueue } from './write-queue.ts';

/**
 * Appends events to the audit log, all in one write, so that lines of several programs do not mix.
 * The file is opened anew each time, since the logger renames it. A missing folder is made.
 *
 * @throws the filesystem's error.
 */
export async function appendAudit(
  file: string,
  events: readonly AuditEvent[],
  nowMs = Date.now(),
): Promise<void> {
  await appendLines(file, events.map((event) => formatAuditLine(event, nowMs)).join(''));
}

/** The audit log, as a program writes to it. */
export interface Audit {
  /** Takes an event. Never throws and never waits: a log that is full stops no pull. */
  record(event: AuditEvent): void;
  /** Resolves when all events so far are written, or lost. */
  flush(): Promise<void>;
  /** The events that could not be written. */
  readonly lost: number;
}

/** Opens an audit log. What cannot be written is counted, and logged once until writing works. */
export function createAudit(file: string, log: Pick<Logger, 'warn'>): Audit {
  const queue = createWriteQueue<AuditEvent>({
    write: (events) => appendAudit(file, events),
    onBroken: (error) => log.warn({ err: error, file }, 'could not write the audit log'),
  });
  return {
    record: (event) => queue.add({ ...event, time: event.time ?? new Date().toISOString() }),
    flush: queue.flush,
    get lost() {
      return queue.lost;
    },
  };
}
