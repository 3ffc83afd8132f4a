/**
 * How far a time may be ahead of this machine's clock, in milliseconds. Clocks of machines that
 * share a disk differ by less.
 */
export const AHEAD_MS = 60_000;
