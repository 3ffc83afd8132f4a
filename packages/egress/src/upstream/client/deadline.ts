/**
 * Runs `work` with a signal that fires when `outer` does, and after `limitMs` unless the work is
 * done by then. Only the time to the result is limited: a body that streams afterwards still
 * hears `outer`, not the clock.
 * @throws what `late` makes, when the time is over.
 */
export async function withDeadline<T>(
  limitMs: number,
  outer: AbortSignal | undefined,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const clock = new AbortController();
  const timer = setTimeout(() => clock.abort(late()), limitMs);
  try {
    return await work(outer === undefined ? clock.signal : AbortSignal.any([outer, clock.signal]));
  } finally {
    clearTimeout(timer);
  }
}
