import { setTimeout as sleep } from 'node:timers/promises';

export interface WriteQueueOptions<T> {
  /** Writes all of them. They are lost where it throws. */
  readonly write: (items: readonly T[]) => Promise<void>;
  /** Told of the first failure, and of the next one after a success. */
  readonly onBroken: (error: unknown) => void;
  /** The time in which items are gathered for one write; default none. */
  readonly gatherMs?: number;
}

/** Items that are written in the background, in their order. */
export interface WriteQueue<T> {
  /** Takes an item. Never throws and never waits. */
  add(item: T): void;
  /** Resolves when all items so far are written, or lost. */
  flush(): Promise<void>;
  /** The items that could not be written. */
  readonly lost: number;
}

/** As many items wait for a slow disk at most. */
const MAX_WAITING = 1000;

/** Opens a queue. Items beyond its limit are lost, and counted. */
export function createWriteQueue<T>(options: WriteQueueOptions<T>): WriteQueue<T> {
  const { write, onBroken, gatherMs = 0 } = options;
  let waiting: T[] = [];
  let running: Promise<void> | undefined;
  let lost = 0;
  let isBroken = false;
  let hurry = new AbortController();

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      if (gatherMs > 0) await sleep(gatherMs, undefined, hurry).catch(() => undefined);
      const items = waiting;
      waiting = [];
      try {
        await write(items);
        isBroken = false;
      } catch (error) {
        lost += items.length;
        if (!isBroken) onBroken(error);
        isBroken = true;
      }
    }
  }

  const start = () => {
    running ??= writeAll().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    add(item) {
      if (waiting.length >= MAX_WAITING) {
        lost += 1;
        return;
      }
      waiting.push(item);
      void start();
    },
    async flush() {
      hurry.abort();
      while (running !== undefined) await running;
      hurry = new AbortController();
    },
    get lost() {
      return lost;
    },
  };
}
