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

/** What will be evicted, the first at the top, and from when this is known. */
export function formatNext({ next }: EvictionsAnswer): string[] {
  if (next === undefined) return ['the cleaner has not looked the store through yet'];
  const asOf = `as of ${formatTime(next.measured)}, without what was used since`;
  if (next.blobs.length === 0) return [`no blob is known that would go first, ${asOf}`];
  const rows = next.blobs.map(({ digest, bytes, lastAccess, images }) => {
    return [digest, formatSize(bytes), formatTime(lastAccess), images.join(' ')];
  });
  return [...formatColumns(['BLOB', 'SIZE', 'LAST USED', 'OF'], rows), '', asOf];
}
