import type { PruneAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';

/** What was removed from a cache elsewhere, or a row for each blob that would be. */
export function formatPrune(answer: PruneAnswer): string[] {
  const { usedBeforeBytes, usedAfterBytes, blobs, removedBlobs, victims } = answer;
  const rows = (victims ?? []).map(({ lastAccess, bytes, digest, namedBy }) => {
    return `${lastAccess} ${formatSize(bytes)} ${digest} ${namedBy.join(' ')}`;
  });
  const more = victims === undefined ? 0 : removedBlobs - victims.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  const would = victims === undefined ? 'removed' : 'would be removed';
  const sizes = `${formatSize(usedBeforeBytes)} before, ${formatSize(usedAfterBytes)} after`;
  return [...rows, ...rest, `${sizes}; ${removedBlobs} blobs ${would}, ${blobs} remain`];
}
