import type { UploadQueue, UploadTask } from '@registry-cache/bucket';

export interface SweepDeps {
  readonly queue: Pick<UploadQueue, 'add' | 'size'>;
  /** The most tasks that a sweep leaves waiting: new content comes first. */
  readonly maxWaiting: number;
  /** Links of the store whose content was used lately. */
  readonly used: () => AsyncIterable<UploadTask>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly everyMs: number;
  readonly onFailure: (error: unknown) => void;
}

/** The first sweep lets the start go first. */
const FIRST_AFTER_MS = 60_000;
const ROOM_EVERY_MS = 1_000;

/**
 * Queues what is used here, again and again. So the bucket renews it before it expires, and gets
 * what a full queue had dropped, or what was here before the bucket was.
 */
export async function sweepAgainAndAgain(deps: SweepDeps, signal: AbortSignal): Promise<void> {
  const { sleep, everyMs, onFailure } = deps;
  for (let pauseMs = Math.min(FIRST_AFTER_MS, everyMs); ; pauseMs = everyMs) {
    await sleep(pauseMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    await sweep(deps, signal).catch(onFailure);
  }
}

async function sweep(
  { queue, used, maxWaiting, sleep }: SweepDeps,
  signal: AbortSignal,
): Promise<void> {
  for await (const task of used()) {
    while (queue.size >= maxWaiting && !signal.aborted) {
      await sleep(ROOM_EVERY_MS, signal).catch(() => undefined);
    }
    if (signal.aborted) return;
    await queue.add(task);
  }
}
