import type { SavedAnswer } from '@registry-cache/admin';
import { formatDuration, formatSize } from '@registry-cache/domain';
import { formatColumns } from './format-columns.ts';

type Numbers = Omit<SavedAnswer['periods'][number], 'period' | 'since' | 'upstreams'>;

const HEAD = ['', 'REQUESTS', 'FROM THE CACHE', 'BYTES', 'SAVED', 'TIME SAVED'];

/** A table with a row for each period, and one for each upstream below it. */
export function formatSaved({ periods }: SavedAnswer): string[] {
  const rows = periods.flatMap(({ period, upstreams, ...numbers }) => [
    [`last ${period}`, ...formatNumbers(numbers)],
    ...upstreams.map(({ upstream, ...own }) => [
      `  ${upstream === '' ? 'others' : upstream}`,
      ...formatNumbers(own),
    ]),
  ]);
  return formatColumns(HEAD, rows);
}

/** Requests, hits, bytes, saved bytes and saved time, for people. */
export function formatNumbers(numbers: Numbers): string[] {
  const { requests, savedRequests, servedBytes, savedBytes, savedMs } = numbers;
  const share = requests === 0 ? '' : ` (${Math.round((100 * savedRequests) / requests)} %)`;
  return [
    String(requests),
    `${savedRequests}${share}`,
    formatSize(servedBytes),
    formatSize(savedBytes),
    formatDuration(savedMs < 1000 ? Math.round(savedMs) : Math.round(savedMs / 1000) * 1000),
  ];
}
