import type { CacheEvent, EventOptions } from '@registry-cache/domain';
import { appendLines } from './append-lines.ts';
import type { Logger } from './log.ts';
import { rotateWhenLarge } from './rotate-when-large.ts';
import { createWriteQueue } from './write-queue.ts';

/** The events of this worker, for the history. */
export interface EventLog {
  /** Takes an event. Never throws and never waits. */
  record(event: CacheEvent): void;
  /** Resolves when all events so far are written, or lost. */
  flush(): Promise<void>;
}

/** Events come in bursts, and one write takes many. */
const GATHER_MS = 250;

/** Opens the events of a worker. What cannot be written is lost, and logged once until it works. */
export function createEventLog(options: EventOptions, log: Pick<Logger, 'warn'>): EventLog {
  const { file } = options;
  const queue = createWriteQueue<CacheEvent>({
    write: (events) => appendEvents(options, events),
    onBroken: (error) => log.warn({ err: error, file }, 'could not write events for the history'),
    gatherMs: GATHER_MS,
  });
  return { record: queue.add, flush: queue.flush };
}

/**
 * Writes events for the history.
 * @throws the filesystem's error.
 */
export async function appendEvents(
  { file, rotateAtBytes }: EventOptions,
  events: readonly CacheEvent[],
): Promise<void> {
  await rotateWhenLarge(file, rotateAtBytes);
  await appendLines(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
