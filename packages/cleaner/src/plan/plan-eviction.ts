import type { BlobTable } from '../scan/blob-table.ts';
import type { Limits } from './limits.ts';

/**
 * A blob this young is left alone: its engine may be about to write the link to it. The link
 * follows the data within milliseconds; seconds are for a disk that is very busy.
 */
export const MIN_AGE_MS = 5_000;

export interface EvictionPlan {
  readonly bytesToFree: number;
  /** Rows of every blob that may go, in the order they go: oldest access first. */
  readonly order: Uint32Array;
  /** How many of `order` free enough. More go only in place of those that are used meanwhile. */
  readonly victims: number;
}

/** What goes now, if anything does. `usedBytes` counts what is in flight too. */
export function planEviction(
  table: BlobTable,
  {
    usedBytes,
    limits,
    nowMs,
    minAgeMs = MIN_AGE_MS,
  }: { usedBytes: number; limits: Limits; nowMs: number; minAgeMs?: number },
): EvictionPlan {
  if (usedBytes <= limits.startBytes) {
    return { bytesToFree: 0, order: new Uint32Array(0), victims: 0 };
  }
  const bytesToFree = usedBytes - limits.targetBytes;
  const order = orderByAccess(table, nowMs - minAgeMs);
  return { bytesToFree, order, victims: countVictims(table, order, bytesToFree) };
}

function orderByAccess({ count, atimesMs, mtimesMs }: BlobTable, youngestMs: number): Uint32Array {
  const rows = new Uint32Array(count);
  let length = 0;
  for (let row = 0; row < count; row += 1) {
    if ((mtimesMs[row] ?? 0) > youngestMs) continue;
    rows[length] = row;
    length += 1;
  }
  return rows
    .subarray(0, length)
    .sort((left, right) => (atimesMs[left] ?? 0) - (atimesMs[right] ?? 0) || left - right);
}

function countVictims(table: BlobTable, order: Uint32Array, bytesToFree: number): number {
  let freedBytes = 0;
  let victims = 0;
  for (const row of order) {
    if (freedBytes >= bytesToFree) break;
    freedBytes += table.sizesBytes[row] ?? 0;
    victims += 1;
  }
  return victims;
}
