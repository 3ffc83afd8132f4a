import type { ExportResult } from '@registry-cache/bundle';
import { formatSize } from '@registry-cache/domain';
import { count } from '../count.ts';

/** The last line of an export. */
export function formatExport(result: ExportResult): string {
  const { images, writtenBytes, keptBytes, leftBlobs, digest } = result;
  const left = leftBlobs === 0 ? '' : `, ${count(leftBlobs, 'blob')} left out`;
  return `${count(images, 'image')}; ${formatSize(writtenBytes)} written, ${formatSize(keptBytes)} there before${left}; bundle ${digest}`;
}
