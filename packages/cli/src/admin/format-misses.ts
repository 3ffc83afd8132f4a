import type { MissesAnswer } from '@registry-cache/admin';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

/** A row for each miss with its reason, the newest nearest to the prompt. */
export function formatMisses({ misses }: MissesAnswer): string[] {
  const rows = misses.toReversed().map(({ time, id, kind, image, ms, reason }) => {
    return [formatTime(time), kind, image, `${ms}ms`, reason, id];
  });
  const head = ['TIME', 'KIND', 'IMAGE', 'TOOK', 'WHY', 'ID'];
  return rows.length === 0 ? ['no misses are remembered'] : formatColumns(head, rows);
}
