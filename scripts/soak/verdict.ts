import type { Sample } from './sample.ts';

/** The growth from the second third of a soak to the last that is noise, and not a leak. */
const MORE_MEMORY_MB = 12;
const MORE_MEMORY_RATIO = 1.15;
const MORE_FILES = 30;
/** Connections come and go with the clients. */
const MORE_FILES_RATIO = 1.15;

/**
 * Lists everything that grew and must not. The list is empty after a good soak.
 * @param limitBytes the limit of the store, with the downloads in flight that may exceed it.
 */
export function judge(samples: readonly Sample[], limitBytes: number): string[] {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const complaints: string[] = [];
  for (const name of samples.at(-1)?.programs.keys() ?? []) {
    const memory = (part: readonly Sample[]) =>
      Math.max(...part.map(({ programs }) => programs.get(name)?.memoryMb ?? 0));
    const files = (part: readonly Sample[]) =>
      Math.max(...part.map(({ programs }) => programs.get(name)?.files ?? 0));
    const limitMb = memory(middle) * MORE_MEMORY_RATIO + MORE_MEMORY_MB;
    if (memory(last) > limitMb) {
      complaints.push(
        `memory of ${name}: ${memory(middle).toFixed()} MB became ${memory(last).toFixed()}`,
      );
    }
    if (files(last) > files(middle) * MORE_FILES_RATIO + MORE_FILES) {
      complaints.push(`open files of ${name}: ${files(middle)} became ${files(last)}`);
    }
  }
  const largest = Math.max(...samples.map(({ storeBytes }) => storeBytes));
  if (largest > limitBytes) {
    complaints.push(
      `the store had ${Math.round(largest / 1e6)} MB, with a limit of ${Math.round(limitBytes / 1e6)}`,
    );
  }
  return complaints;
}
