import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatCount, formatMany, formatShare } from '../format/format-count.ts';
import { Plot } from './plot.tsx';
import { roundUp } from './round-up.ts';

/** The points of a trend. */
export type Points = VerbOutput<'trend'>['points'];

const SERIES = [
  { name: 'Hits', tone: 'main' },
  { name: 'Stale', tone: 'odd' },
  { name: 'Misses', tone: 'rest' },
] as const;

/** How many requests were answered from the cache. */
export function AnswersPlot({ points }: { readonly points: Points }) {
  const sum = (name: 'hits' | 'requests' | 'misses' | 'stale') =>
    points.reduce((all, point) => all + point[name], 0);
  const saved = sum('hits') + sum('stale');
  const summary = `${formatMany(sum('requests'), 'request')}, ${formatShare(saved, sum('requests'))} of them from the cache; ${formatMany(sum('misses'), 'miss', 'misses')}.`;
  return (
    <Plot
      title="Requests by the hour"
      summary={summary}
      series={SERIES}
      points={points.map(({ time, hits, stale, misses }) => ({
        time,
        values: [hits, stale, misses],
      }))}
      max={roundUp(Math.max(...points.map(({ hits, stale, misses }) => hits + stale + misses)))}
      format={formatCount}
    />
  );
}
