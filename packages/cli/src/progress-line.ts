const SHOW_EVERY_MS = 500;
const CLEAR_LINE = '\r\u001b[K';

/** On a terminal, one line of standard error that is overwritten again and again; else nothing. */
export function createProgressLine(): { show: (text: string) => void; clear: () => void } {
  let shownMs = Number.NEGATIVE_INFINITY;
  return {
    show(text) {
      const nowMs = performance.now();
      if (!process.stderr.isTTY || nowMs - shownMs < SHOW_EVERY_MS) return;
      shownMs = nowMs;
      process.stderr.write(`${CLEAR_LINE}${text}`);
    },
    clear() {
      if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
    },
  };
}
