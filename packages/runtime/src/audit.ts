import { constants, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AuditEvent, formatAuditLine } from '@registry-cache/domain';
import type { Logger } from './log.ts';

/** The end of a file, through no link: whoever may write there must not choose another file. */
const AT_THE_END =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

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
  mkdirSync(dirname(file), { recursive: true, mode: 0o750 });
  const handle = await open(file, AT_THE_END, 0o640);
  try {
    const lines = events.map((event) => formatAuditLine(event, nowMs)).join('');
    await handle.writeFile(lines);
  } finally {
    await handle.close();
  }
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

/** As many events wait for a slow disk at most. */
const MAX_WAITING = 1000;

/** Opens an audit log. What cannot be written is counted, and logged once until writing works. */
export function createAudit(file: string, log: Pick<Logger, 'warn'>): Audit {
  let waiting: AuditEvent[] = [];
  let running: Promise<void> | undefined;
  let lost = 0;
  let isBroken = false;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const events = waiting;
      waiting = [];
      try {
        await appendAudit(file, events);
        isBroken = false;
      } catch (error) {
        lost += events.length;
        if (!isBroken) log.warn({ err: error, file }, 'could not write the audit log');
        isBroken = true;
      }
    }
  }

  const start = () => {
    running ??= write().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    record(event) {
      if (waiting.length >= MAX_WAITING) {
        lost += 1;
        return;
      }
      const time = event.time ?? new Date().toISOString();
      waiting.push({ ...event, time });
      void start();
    },
    async flush() {
      while (running !== undefined) await running;
    },
    get lost() {
      return lost;
    },
  };
}
