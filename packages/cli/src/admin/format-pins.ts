import type { PinAnswer, PinsAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { count } from '../count.ts';

/** The pins, for people. */
export function formatPins({ pins, heldBytes, limitBytes, unreadable }: PinsAnswer): string[] {
  const limit = limitBytes === undefined ? '' : ` of ${formatSize(limitBytes)}`;
  return [
    ...pins.map(formatPin),
    ...(unreadable > 0 ? [`${count(unreadable, 'folder')} of pins cannot be read`] : []),
    `${count(pins.length, 'pin')}, ${formatSize(heldBytes)}${limit}`,
  ];
}

/** One of them: its name, its digest, its size, and who pinned it. */
export function formatPin(pin: PinAnswer): string {
  const { image, digest, heldBytes, whole, frozen, why, by, since, problem } = pin;
  const size = whole ? formatSize(heldBytes) : `${formatSize(heldBytes)}, not whole here`;
  const origin =
    problem === undefined
      ? `${why}${frozen ? ', frozen' : ''}, by ${by} since ${since}`
      : `broken: ${problem}`;
  const name = digest !== undefined && image.endsWith(digest) ? image : `${image} ${digest ?? '-'}`;
  return `${name} (${size}; ${origin})`;
}
