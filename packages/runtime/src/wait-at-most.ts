/**
 * Waits for work, but at most `limitMs`. The work itself goes on afterwards, and so do other callers.
 * @returns the result of the work, or the result of `late` when the time is over first.
 * @throws the error of the work, or of `late`.
 */
export async function waitAtMost<T, L>(
  limitMs: number,
  work: Promise<T>,
  late: () => L,
): Promise<T | L> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  try {
    return await Promise.race([work, over.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for work until the signal is aborted. The work itself goes on, since others wait for it too.
 * @throws the signal's reason, or the error of the work.
 */
export async function waitUnlessGone<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // Work that fails after its caller has gone must not end the process.
  work.catch(() => undefined);
  signal.throwIfAborted();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([work, gone]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/**
 * Runs work with a signal that is aborted when `outer` is, and after `limitMs` unless the work has
 * ended by then. Only the time to the result is limited: a body that streams afterwards still
 * hears `outer`, but not the clock.
 * @throws the error that `late` makes, where the work ends by the clock.
 */
export async function withTimeout<T>(
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
