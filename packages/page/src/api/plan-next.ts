/** Facts on which the pause until the next question depends. */
export interface PlanOptions {
  /** The pause while all is well and somebody looks. */
  readonly everyMs: number;
  /** Whether the page is in the background. */
  readonly hidden: boolean;
  /** Failures since the last answer. */
  readonly failures: number;
}

const HIDDEN_MS = 60_000;
const LONGEST_MS = 60_000;

/** The pause until the next question: longer in the background, and while the cache is away. */
export function planNextMs({ everyMs, hidden, failures }: PlanOptions): number {
  const pauseMs = hidden ? Math.max(HIDDEN_MS, everyMs) : everyMs;
  if (failures === 0) return pauseMs;
  return Math.max(pauseMs, Math.min(LONGEST_MS, everyMs * 2 ** failures));
}
