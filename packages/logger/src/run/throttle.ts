/** Lets one call in `everyMs` through, so that a flood of one error does not flood the log. */
export function createThrottle(everyMs: number): (act: () => void) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (act) => {
    if (performance.now() - lastMs < everyMs) return;
    lastMs = performance.now();
    act();
  };
}
