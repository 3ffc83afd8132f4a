import type { OldestBlobs } from '@registry-cache/domain';
import type { BlobTable } from './blob-table.ts';

/** More than anybody reads, and less than a page of the disk costs time. */
const MOST_TOLD = 200;

/** Finds the blobs that remain and are evicted first, in the order of `planEviction`. */
export function findOldest(table: BlobTable, most = MOST_TOLD): Omit<OldestBlobs, 'measured'> {
  const { count, atimesMs, sizesBytes } = table;
  const byAccess = (left: number, right: number) =>
    (atimesMs[left] ?? 0) - (atimesMs[right] ?? 0) || left - right;
  let rows: number[] = [];
  let mayGo = 0;
  for (let row = 0; row < count; row += 1) {
    if (table.isGone(row) || table.isHeld(row)) continue;
    mayGo += 1;
    rows.push(row);
    if (rows.length < 2 * most) continue;
    rows = rows.sort(byAccess).slice(0, most);
  }
  const oldest = rows.sort(byAccess).slice(0, most);
  return {
    isAll: oldest.length === mayGo,
    blobs: oldest.map((row) => {
      const [sizeBytes = 0, lastAccessMs = 0] = [sizesBytes[row], atimesMs[row]];
      return { digest: table.digestAt(row), sizeBytes, lastAccessMs };
    }),
  };
}
