/** Resolves at the first SIGTERM or SIGINT, so that a worker's `main` can shut down properly. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
