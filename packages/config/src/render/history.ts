import {
  EVENT_WORKERS,
  type EventOptions,
  type EventWorker,
  eventsFile,
} from '@registry-cache/domain';
import type { Settings } from '../settings/table.ts';

/** The share of the store's limit that the history may take. */
const SHARE = 0.01;
/** A smaller one would forget within hours. */
const MIN_BYTES = 2 * 1024 * 1024;
/** A larger one has no more to remember. */
const MAX_BYTES = 1024 * 1024 * 1024;

/** How much each part of the history may take. Each worker's events are two files. */
export function planHistory({ CLEANER_MAXSIZE }: Pick<Settings, 'CLEANER_MAXSIZE'>): {
  readonly databaseBytes: number;
  readonly eventBytes: number;
} {
  const bytes = Math.min(MAX_BYTES, Math.max(MIN_BYTES, Math.floor(CLEANER_MAXSIZE * SHARE)));
  const databaseBytes = Math.floor(bytes / 2);
  // Events are read within seconds, so they need less than their share of a large store.
  const each = Math.floor((bytes - databaseBytes) / (2 * EVENT_WORKERS.length));
  return { databaseBytes, eventBytes: Math.min(8 * 1024 * 1024, each) };
}

/** Where a worker writes its events. */
export function describeEvents(
  settings: Pick<Settings, 'CLEANER_MAXSIZE' | 'REGISTRYDIR'>,
  worker: EventWorker,
): EventOptions {
  return {
    file: eventsFile(settings.REGISTRYDIR, worker),
    rotateAtBytes: planHistory(settings).eventBytes,
  };
}
