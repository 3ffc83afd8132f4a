import type { BlobTable } from '../scan/blob-table.ts';
import { INODES_PER_BLOB } from './disk-space.ts';
import type { Limits } from './limits.ts';

/**
 * A younger blob is left alone, because its link may still be missing. The link follows the data
 * within milliseconds; a very busy disk may take seconds.
 */
export const MIN_AGE_MS = 5_000;

export interface EvictionPlan {
  readonly bytesToFree: number;
  /** Above 0 if the disk has too few free inodes. */
  readonly inodesToFree: number;
  /** Rows of all blobs that may go, oldest access first. */
  readonly order: Uint32Array;
  /**
   * The number of blobs in `order` that free enough. More go only in place of blobs that are used
   * meanwhile.
   */
  readonly victims: number;
}

/** Plans the eviction of a run. `usedBytes` includes downloads in flight. */
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

/** Whether a plan is fulfilled by so many bytes of so many blobs. */
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
    if ((mtimesMs[row] ?? 0) > youngestMs || table.isGone(row) || table.isHeld(row)) continue;
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
