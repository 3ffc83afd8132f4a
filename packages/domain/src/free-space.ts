import type { FreeSpace } from './worker-options.ts';

/** What has to stay free on a disk of that size. */
export function freeSpaceBytes({ bytes, percent }: FreeSpace, diskBytes: number): number {
  const part = percent === null ? Number.POSITIVE_INFINITY : (diskBytes * percent) / 100;
  return Math.floor(Math.min(bytes ?? Number.POSITIVE_INFINITY, part));
}
