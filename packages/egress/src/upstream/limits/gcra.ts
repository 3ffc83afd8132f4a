/**
 * A rate limit by the generic cell rate algorithm: it stores when the next unit is due. It needs no
 * timer and no refill, and a new rate applies from the next unit on. A rate of 0 is no limit.
 */
export interface Gcra {
  /** How long one more unit has to wait now. */
  waitMs(perSecond: number, nowMs: number): number;
  /** Takes one unit, or `amount` units, without waiting. */
  take(perSecond: number, nowMs: number, amount?: number): void;
}

/** A rate of requests. Those of one second may come at once. */
export function requestGcra(): Gcra {
  return createGcra((perSecond) => Math.max(0, 1000 - 1000 / perSecond));
}

/** A rate of bytes. Those of a tenth of a second may come at once, so that the line stays usable. */
export function byteGcra(): Gcra {
  return createGcra(() => 100);
}

/** @param burstMs how far ahead of its time the next unit may come, by the rate. */
function createGcra(burstMs: (perSecond: number) => number): Gcra {
  let dueMs = Number.NEGATIVE_INFINITY;
  return {
    waitMs: (perSecond, nowMs) =>
      perSecond === 0 ? 0 : Math.max(0, Math.ceil(dueMs - burstMs(perSecond) - nowMs)),
    take(perSecond, nowMs, amount = 1) {
      if (perSecond === 0) return;
      dueMs = Math.max(dueMs, nowMs) + (amount * 1000) / perSecond;
    },
  };
}
