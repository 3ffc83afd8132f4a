const LOOK_EVERY_MS = 10_000;
/** Less than that between two looks is idle: timers, and a probe now and then. */
const IDLE_CPU_MS = 100;

/** What `--expose-gc` puts there (supervisor/worker). */
type CollectGarbage = (options: {
  type: 'major';
  execution: 'sync';
  flavor: 'last-resort';
}) => void;

/** What a look at the process's own CPU time leads to. */
export interface IdleHeap {
  /** @param usedCpuMs - All that the process has used so far. */
  look(usedCpuMs: number): void;
}

/**
 * Gives back what a start or a busy time has left in the heap: V8 keeps it for as long as nothing
 * more is allocated. It takes some 20 ms, once for each time that the process has become idle.
 */
export function giveBackWhenIdle(): void {
  const { gc } = globalThis as { gc?: CollectGarbage };
  if (gc === undefined) return;
  const heap = createIdleHeap(() =>
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  );
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage();
    heap.look((user + system) / 1_000);
  }, LOOK_EVERY_MS);
  timer.unref();
}

export function createIdleHeap(giveBack: () => void): IdleHeap {
  let lastMs = 0;
  let hasWorked = true;
  return {
    look(usedCpuMs) {
      const wasIdle = usedCpuMs - lastMs < IDLE_CPU_MS;
      lastMs = usedCpuMs;
      if (!wasIdle) {
        hasWorked = true;
      } else if (hasWorked) {
        hasWorked = false;
        giveBack();
      }
    },
  };
}
