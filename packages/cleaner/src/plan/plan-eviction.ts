import type { BlobTable } from '../scan/blob-table.ts';
import { INODES_PER_BLOB } from './disk-space.ts';
import type { Limits } from './limits.ts';

/**
 * A blob this young is left alone: its engine may be about to write the link to it. The link
 * follows the data within milliseconds; seconds are for a disk that is very busy.
 */
export const MIN_AGE_MS = 5_000;

export interface EvictionPlan {
  readonly bytesToFree: number;
  /** Where the disk has too few of them left. */
  readonly inodesToFree: number;
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
    inodesToFree = 0,
    minAgeMs = MIN_AGE_MS,
  }: {
    usedBytes: number;
    limits: Limits;
    nowMs: number;
    inodesToFree?: number;
    minAgeMs?: number;
  },
): EvictionPlan {
  const isAbove = usedBytes > limits.startBytes;
  if (!isAbove && inodesToFree === 0) {
    return { bytesToFree: 0, inodesToFree, order: new Uint32Array(0), victims: 0 };
  }
  const bytesToFree = isAbove ? usedBytes - limits.targetBytes : 0;
  const order = orderByAccess(table, nowMs - minAgeMs);
  const victims = countVictims(table, order, { bytesToFree, inodesToFree });
  return { bytesToFree, inodesToFree, order, victims };
}

/** Whether so many blobs of so many bytes in all are enough for a plan. */
export function isFreed(
  { bytesToFree, inodesToFree }: Pick<EvictionPlan, 'bytesToFree' | 'inodesToFree'>,
  bytes: number,
  blobs: number,
): boolean {
  return bytes >= bytesToFree && blobs * INODES_PER_BLOB >= inodesToFree;
}

function orderByAccess(table: BlobTable, youngestMs: number): Uint32Array {
  const { count, atimesMs, mtimesMs } = table;
  const rows = new Uint32Array(count);
  let length = 0;
  for (let row = 0; row < count; row += 1) {
    if ((mtimesMs[row] ?? 0) > youngestMs || table.isGone(row)) continue;
    rows[length] = row;
    length += 1;
  }
  return rows
    .subarray(0, length)
    .sort((left, right) => (atimesMs[left] ?? 0) - (atimesMs[right] ?? 0) || left - right);
}

function countVictims(
  table: BlobTable,
  order: Uint32Array,
  wanted: Pick<EvictionPlan, 'bytesToFree' | 'inodesToFree'>,
): number {
  let freedBytes = 0;
  let victims = 0;
  for (const row of order) {
    if (isFreed(wanted, freedBytes, victims)) break;
    freedBytes += table.sizesBytes[row] ?? 0;
    victims += 1;
  }
  return victims;
}
