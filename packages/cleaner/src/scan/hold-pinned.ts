import { splitDigest } from '@registry-cache/domain';
import type { Held, HeldReader } from '@registry-cache/pins';
import type { Pace } from '../pace.ts';
import type { BlobTable } from './blob-table.ts';

/** The pins of a store, and the blobs that they keep from eviction. */
export interface Pinned extends Omit<Held, 'digests'> {
  readonly bytes: number;
  readonly blobs: number;
}

/**
 * Marks the blobs that pins hold. Where the pins cannot be read, it marks all blobs.
 *
 * @throws the signal's reason after an abort.
 */
export async function holdPinned(
  reader: HeldReader,
  table: BlobTable,
  { isThorough, pace }: { isThorough: boolean; pace: Pace },
): Promise<Pinned> {
  const held = await reader.current(isThorough, pace);
  if (held.mayHoldAnything) {
    for (let row = 0; row < table.count; row += 1) table.hold(row);
  }
  for (const digest of held.digests()) {
    if (pace.due()) await pace.rest();
    const { algorithm, hex } = splitDigest(digest);
    const row = table.rowOf(algorithm, hex);
    if (row >= 0) table.hold(row);
  }
  const { pins, broken, unreadable, mayHoldAnything } = held;
  return { pins, broken, unreadable, mayHoldAnything, ...measureHeld(table) };
}

function measureHeld(table: BlobTable): { bytes: number; blobs: number } {
  let bytes = 0;
  let blobs = 0;
  for (let row = 0; row < table.count; row += 1) {
    if (!table.isHeld(row) || table.isGone(row)) continue;
    bytes += table.sizesBytes[row] ?? 0;
    blobs += 1;
  }
  return { bytes, blobs };
}
