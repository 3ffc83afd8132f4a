import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** A program that writes a file does not rest for so long. */
const QUIET_MS = 3_000;
/** A file that never rests is read all the same. */
const MOST_TIMES = 10;

/** Waits until a file has not changed for some seconds. */
export async function untilQuiet(path: string, quietMs = QUIET_MS): Promise<void> {
  let before = await markOf(path);
  for (let times = 0; times < MOST_TIMES; times += 1) {
    await setTimeout(quietMs);
    const now = await markOf(path);
    if (now === before) return;
    before = now;
  }
}

async function markOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(':');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
