import type { EvictionsAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

/** Evictions, the newest nearest to the prompt, and their sums. */
export function formatEvictions({ blobs, bytes, evictions }: EvictionsAnswer): string[] {
  const rows = evictions.toReversed().map((eviction) => {
    const { time, digest, reason, lastAccess, images, during } = eviction;
    return [
      ...[formatTime(time), reason, digest ?? `${eviction.blobs} more blobs`],
      ...[formatSize(eviction.bytes), lastAccess === undefined ? '' : formatTime(lastAccess)],
      ...[images.join(' '), during.join(' ')],
    ];
  });
  const head = ['TIME', 'REASON', 'BLOB', 'SIZE', 'LAST USED', 'OF', 'DURING FETCHES OF'];
  const sums = `${blobs} blobs were evicted, ${formatSize(bytes)}`;
  return rows.length === 0 ? ['nothing was evicted'] : [...formatColumns(head, rows), '', sums];
}
