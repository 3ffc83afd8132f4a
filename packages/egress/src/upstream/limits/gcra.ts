/**
 * So much a second, by when the next one is due (the generic cell rate algorithm): no timer and
 * no refill, and a rate that changes counts from the next one on. Rates of 0 are no limit.
 */
export interface Gcra {
  /** How long one more has to wait by now. */
  waitMs(perSecond: number, nowMs: number): number;
  /** Takes one, or `amount`, whether it had to wait or not. */
  take(perSecond: number, nowMs: number, amount?: number): void;
}

/** Requests: what was saved up in a second may come at once. */
export function requestGcra(): Gcra {
  return createGcra((perSecond) => Math.max(0, 1000 - 1000 / perSecond));
}

/** Bytes: no more than a tenth of a second's at once, so that the line is never full for others. */
export function byteGcra(): Gcra {
  return createGcra(() => 100);
}

/** @param sparedMs how far ahead of its time the next one may be, by the rate. */
function createGcra(sparedMs: (perSecond: number) => number): Gcra {
  let dueMs = Number.NEGATIVE_INFINITY;
  return {
    waitMs: (perSecond, nowMs) =>
      perSecond === 0 ? 0 : Math.max(0, Math.ceil(dueMs - sparedMs(perSecond) - nowMs)),
    take(perSecond, nowMs, amount = 1) {
      if (perSecond === 0) return;
      dueMs = Math.max(dueMs, nowMs) + (amount * 1000) / perSecond;
    },
  };
}
