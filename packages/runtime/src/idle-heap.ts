const LOOK_EVERY_MS = 10_000;
/**
 * A process with less CPU time between two looks is idle: it runs timers, and a probe now and then.
 */
const IDLE_CPU_MS = 100;
/**
 * What little work for a long time may leave behind, such as the questions of an open page. An idle
 * worker needs minutes for it.
 */
const GROWN_BYTES = 1024 * 1024;

/** The function that `--expose-gc` adds to the global object (supervisor/worker). */
type CollectGarbage = (options: {
  type: 'major';
  execution: 'sync';
  flavor: 'last-resort';
}) => void;

/** Watches the CPU time and the memory of the process. */
export interface IdleHeap {
  /** To be called at equal intervals. */
  look(): void;
}

/**
 * Gives memory back that the heap still holds after the start, after a busy time, or after much time
 * with little work. V8 keeps it as long as nothing more is allocated. It takes some 20 ms each time.
 */
export function giveBackWhenIdle(): void {
  const { gc } = globalThis as { gc?: CollectGarbage };
  if (gc === undefined) return;
  const heap = createIdleHeap({
    giveBack: () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
    usedCpuMs() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000;
    },
    // V8 also keeps free pages, which its own numbers leave out.
    heldBytes: () => process.memoryUsage.rss(),
  });
  setInterval(() => heap.look(), LOOK_EVERY_MS).unref();
}

export interface IdleHeapOptions {
  readonly giveBack: () => void;
  /** The CPU time that the process has used since its start. */
  readonly usedCpuMs: () => number;
  /** What the process holds. */
  readonly heldBytes: () => number;
}

export function createIdleHeap({ giveBack, usedCpuMs, heldBytes }: IdleHeapOptions): IdleHeap {
  let lastMs = 0;
  let hasWorked = true;
  let lastBytes = 0;
  return {
    look() {
      const wasIdle = usedCpuMs() - lastMs < IDLE_CPU_MS;
      if (!wasIdle) {
        hasWorked = true;
      } else if (hasWorked || heldBytes() - lastBytes >= GROWN_BYTES) {
        hasWorked = false;
        giveBack();
        lastBytes = heldBytes();
      }
      // After the collection, which is no work of the process.
      lastMs = usedCpuMs();
    },
  };
}
