/**
 * Waits no longer than `limitMs`, which is no part of what comes after.
 * @throws what `late` makes, when the time is over before the turn has come; the signal's reason.
 */
export async function waitAtMost<T>(
  limitMs: number,
  signal: AbortSignal,
  late: () => Error,
  enter: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(late()), limitMs);
  try {
    return await enter(AbortSignal.any([signal, patience.signal]));
  } finally {
    clearTimeout(timer);
  }
}
