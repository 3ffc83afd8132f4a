import type { LsAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { count } from '../count.ts';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

const HEAD = ['IMAGE', 'PLATFORMS', 'OWN', 'SHARED', 'LAST PULL', 'CHECKED', ''];

/** A row for each image, and what is left out. */
export function formatLs({ total, images, unlisted, walked }: LsAnswer): string[] {
  if (walked === undefined) return ['the store is being looked through; ask again in a moment'];
  const rows = images.map(({ image, platforms, pulled = '', checked = '', ...sizes }) => {
    const { ownBytes, sharedBytes, pinned, gone } = sizes;
    const notes = [pinned && 'pinned', gone && `deleted there since ${formatTime(gone)}`];
    return [
      ...[image, platforms.join(' '), formatSize(ownBytes), formatSize(sharedBytes)],
      ...[formatTime(pulled), formatTime(checked), notes.filter(Boolean).join(', ')],
    ];
  });
  const more = total > images.length ? `, ${total - images.length} more` : '';
  const beyond = unlisted > 0 ? `, ${unlisted} too many to be listed` : '';
  const sum = `${count(images.length, 'image')}${more}${beyond}, as of ${formatTime(walked)}`;
  return rows.length === 0 ? ['no images'] : [...formatColumns(HEAD, rows), '', sum];
}
