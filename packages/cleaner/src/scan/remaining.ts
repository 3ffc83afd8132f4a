import type { BlobTable } from './blob-table.ts';

/** Counts the blobs of a scan that remain after removals. */
export function countRemaining(table: BlobTable): {
  blobs: number;
  /** Undefined if no blob remains. */
  oldestAccessMs: number | undefined;
} {
  let blobs = 0;
  let oldestAccessMs: number | undefined;
  for (let row = 0; row < table.count; row += 1) {
    if (table.isGone(row)) continue;
    blobs += 1;
    const atimeMs = table.atimesMs[row] ?? 0;
    if (oldestAccessMs === undefined || atimeMs < oldestAccessMs) oldestAccessMs = atimeMs;
  }
  return { blobs, oldestAccessMs };
}
