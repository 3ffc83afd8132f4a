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

/** Watches the directory, not the file: that is renamed and made anew. Polls where it cannot. */
export function createWakeups(directory: string, pollMs: number, signal: AbortSignal): Wakeups {
  let watcher: FSWatcher | undefined;
  let changed = false;
  let wake = new AbortController();
  const startWatching = () => {
    try {
      watcher = watch(directory, { persistent: false }, () => {
        changed = true;
        wake.abort();
      });
      watcher.on('error', () => {
        watcher?.close();
        watcher = undefined;
      });
    } catch {
      // The directory is not there yet.
    }
  };
  return {
    async next() {
      if (watcher === undefined) startWatching();
      await rest(SETTLE_MS, signal);
      if (!changed) await rest(pollMs, AbortSignal.any([signal, wake.signal]));
      changed = false;
      if (wake.signal.aborted) wake = new AbortController();
    },
    close() {
      watcher?.close();
    },
  };
}

async function rest(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(durationMs, undefined, { signal });
  } catch {
    // Woken.
  }
}
