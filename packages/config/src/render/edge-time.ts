/** The longest time that HAProxy's timers count, in milliseconds: about 24 days. */
const LONGEST_MS = 2_147_483_647;

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

const LEAST_ANSWER_MS = 300_000;

/**
 * How long edge and hot lane wait between two pieces of an answer. Egress gives up first, since it
 * can go on with a body elsewhere.
 *
 * @param idleMs - The pause that egress allows a registry.
 */
export function formatAnswerTime(idleMs: number): string {
  return formatEdgeTime(Math.max(LEAST_ANSWER_MS, idleMs + 60_000));
}

/** Milliseconds in the one notation that HAProxy and nginx share: a number and one unit, `75s`. */
export function formatEdgeTime(durationMs: number): string {
  const ms = Math.min(durationMs, LONGEST_MS);
  const unit = Object.entries(UNITS).find(([, unitMs]) => ms % unitMs === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
