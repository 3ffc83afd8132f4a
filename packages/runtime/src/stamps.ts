import { type Stats, statSync } from 'node:fs';

/**
 * A file's time is as coarse as the clock of the kernel: 10 ms at most. Until then a second change
 * may leave the same time.
 */
const SETTLED_AFTER_MS = 50;

/** The state of some files or directories. */
export interface Stamp {
  /** For each path its number and its change time in milliseconds, or `MISSING`. */
  readonly states: readonly number[];
  /** Whether later changes are certain to make other states. */
  readonly isSettled: boolean;
}

const MISSING = -1;

/**
 * Reads the stamp of these paths. It is made of the change times, which only the kernel sets, so
 * that no set-back time hides a change. A missing path is a state as well.
 * @throws Error with the system's code (`EACCES`, `EIO`, …).
 */
export function readStamp(paths: readonly string[]): Stamp {
  const nowMs = Date.now();
  const states: number[] = [];
  let isSettled = true;
  for (const path of paths) {
    const stats = statOrMissing(path);
    states.push(stats?.ino ?? MISSING, stats?.ctimeMs ?? MISSING);
    // A time far ahead of the clock is settled too: the clock was set back.
    if (stats && Math.abs(nowMs - stats.ctimeMs) < SETTLED_AFTER_MS) isSettled = false;
  }
  return { states, isSettled };
}

/** Whether nothing has changed since a stamp was read, for certain. */
export function isUnchanged(before: Stamp | undefined, now: Stamp): boolean {
  if (!before?.isSettled || before.states.length !== now.states.length) return false;
  return before.states.every((state, at) => state === now.states[at]);
}

function statOrMissing(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
