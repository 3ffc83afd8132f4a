import type { RefusalsAnswer } from '@registry-cache/admin';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

const HEAD = ['TIME', 'WHO', 'ADDRESS', 'MAY NOT', 'IMAGE', 'RULE', 'REASON', 'REQUEST'];

/** A row for each refusal, the newest nearest to the prompt. */
export function formatRefusals({ refusals }: RefusalsAnswer): string[] {
  const rows = refusals.toReversed().map((refusal) => {
    const { time, who, address, right = '', image, by, rule, reason, id = '', count } = refusal;
    const byRule = rule === undefined ? by : `${by} ${rule}`;
    const times = count > 1 ? ` (${count} times)` : '';
    return [formatTime(time), who || '-', address, right, image, byRule, `${reason}${times}`, id];
  });
  return rows.length === 0 ? ['nothing was refused'] : formatColumns(HEAD, rows);
}
