import { type FSWatcher, watch } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Says when to look at the log again. */
export interface Wakeups {
  /** Resolves after a change in the directory, and after `pollMs` at the latest. */
  next(): Promise<void>;
  close(): void;
}

/** A burst of writes leads to one look. */
const SETTLE_MS = 100;

/**
 * Watches the directory instead of the file, which is renamed and made anew. Polls if it cannot
 * watch. It watches only while no lines come, because an event costs more than reading its line.
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
      // The directory does not exist yet.
    }
  };
  return {
    async next() {
      if (watcher === undefined) {
        await rest(SETTLE_MS, signal);
        startWatching();
        // The next look sees all lines that were written before this.
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
    // A change has ended the wait.
  }
}
