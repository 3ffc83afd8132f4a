import type { Problems } from '../problems.ts';
import { newestMtimeMs, removeTreeQuietly, unlinkQuietly } from '../quiet-fs.ts';
import type { InFlight } from '../scan/scan-in-flight.ts';

/**
 * Removes downloads that have not moved for long: a crash or a kill left them.
 *
 * @returns their bytes.
 */
export function removeStalled(
  inFlight: readonly InFlight[],
  leftSinceMs: number,
  problems: Problems,
): number {
  let freedBytes = 0;
  for (const { path, isDirectory, sizeBytes, newestMtimeMs } of inFlight) {
    if (newestMtimeMs >= leftSinceMs) continue;
    if (isDirectory) removeTreeQuietly(path, problems);
    else unlinkQuietly(path, problems);
    freedBytes += sizeBytes;
  }
  return freedBytes;
}

/** Removes blob directories that have long been without data. */
export function removeShells(
  shells: readonly string[],
  leftSinceMs: number,
  problems: Problems,
): void {
  for (const shell of shells) {
    if (newestMtimeMs([shell], problems) < leftSinceMs) removeTreeQuietly(shell, problems);
  }
}
