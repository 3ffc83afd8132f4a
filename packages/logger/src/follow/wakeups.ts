import { type FSWatcher, watch } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Tells when it is worth looking at the log again. */
export interface Wakeups {
  /** Resolves after a change in the directory, after `pollMs` at the latest. */
  next(): Promise<void>;
  close(): void;
}

/** A burst of writes is one look, not one for each. */
const SETTLE_MS = 100;

/**
 * Watches the directory, not the file: that is renamed and made anew. Polls where it cannot. It
 * watches only while nothing comes: each change that is told of costs more than reading its line.
 */
export function createWakeups(directory: string, pollMs: number, signal: AbortSignal): Wakeups {
  let watcher: FSWatcher | undefined;
  let wake = new AbortController();
  const stopWatching = () => {
    watcher?.close();
    watcher = undefined;
    wake.abort();
  };
  const startWatching = () => {
    wake = new AbortController();
    try {
      watcher = watch(directory, { persistent: false }, stopWatching);
      watcher.on('error', stopWatching);
    } catch {
      // The directory is not there yet.
    }
  };
  return {
    async next() {
      if (watcher === undefined) {
        await rest(SETTLE_MS, signal);
        startWatching();
        // What was written before that is seen by this look.
        if (watcher !== undefined) return;
      }
      await rest(pollMs, AbortSignal.any([signal, wake.signal]));
    },
    close: stopWatching,
  };
}

async function rest(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(durationMs, undefined, { signal });
  } catch {
    // Woken.
  }
}
