import type { PullsAnswer } from '@registry-cache/admin';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

/** Who pulled, then what was pulled, the newest nearest to the prompt. */
export function formatPulls({ references, pullers }: PullsAnswer): string[] {
  if (references.length + pullers.length === 0) return ['no pulls are remembered'];
  const who = pullers.toReversed().map((puller) => {
    return [formatTime(puller.last), puller.who || 'others', String(puller.pulls)];
  });
  const what = references.toReversed().map(({ last, reference, pulls, misses }) => {
    return [formatTime(last), reference || 'others', String(pulls), String(misses)];
  });
  return [
    ...formatColumns(['LAST', 'WHO', 'PULLS'], who),
    '',
    ...formatColumns(['LAST', 'REFERENCE', 'PULLS', 'MISSES'], what),
  ];
}
