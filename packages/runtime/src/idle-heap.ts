const LOOK_EVERY_MS = 10_000;
/**
 * A process with less CPU time between two looks is idle: it runs timers, and a probe now and then.
 */
const IDLE_CPU_MS = 100;

/** The function that `--expose-gc` adds to the global object (supervisor/worker). */
type CollectGarbage = (options: {
  type: 'major';
  execution: 'sync';
  flavor: 'last-resort';
}) => void;

/** Watches the CPU time of the process. */
export interface IdleHeap {
  /** @param usedCpuMs the CPU time that the process has used since its start. */
  look(usedCpuMs: number): void;
}

/**
 * Gives memory back that the heap still holds after the start or a busy time. V8 keeps it as long
 * as nothing more is allocated. It takes some 20 ms each time the process becomes idle.
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
