/** Lets one call in `everyMs` through, so that a flood of one fault is not a flood of log lines. */
export function createRarely(everyMs: number): (act: () => void) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (act) => {
    if (performance.now() - lastMs < everyMs) return;
    lastMs = performance.now();
    act();
  };
}
