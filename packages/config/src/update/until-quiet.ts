import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that writes a file does not rest for so long. */
const QUIET_MS = 3_000;
/** A file that never rests is read all the same. */
const MOST_TIMES = 10;

/**
 * Waits until a file has not changed for some seconds.
 *
 * @param rest - Lasts these seconds.
 */
export async function untilQuiet(
  path: string,
  rest: () => Promise<unknown> = () => sleep(QUIET_MS),
): Promise<void> {
  let before = await markOf(path);
  for (let times = 0; times < MOST_TIMES; times += 1) {
    await rest();
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
