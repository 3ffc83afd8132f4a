import { formatSize } from '@registry-cache/domain/format-size';
import { Empty } from '../parts/empty.tsx';
import type { Points } from './answers-plot.tsx';
import { Plot } from './plot.tsx';
import { roundUp } from './round-up.ts';

const SERIES = [{ name: 'Store', tone: 'main' }] as const;

/** The size of the store against its limit. */
export function SizePlot({ points }: { readonly points: Points }) {
  const used = points.flatMap(({ usedBytes }) => usedBytes ?? []);
  const limit = points.findLast(({ limitBytes }) => limitBytes !== undefined)?.limitBytes;
  const last = used.at(-1);
  if (last === undefined) {
    return (
      <Empty>The size of the store was not noted yet. The cleaner does so at each look.</Empty>
    );
  }
  const ofLimit = limit === undefined ? '' : ` of ${formatSize(limit)}`;
  return (
    <Plot
      title="Size of the store by the hour"
      summary={`Now ${formatSize(last)}${ofLimit}; at most ${formatSize(Math.max(...used))}.`}
      series={SERIES}
      points={points.map(({ time, usedBytes }) => ({ time, values: [usedBytes] }))}
      max={roundUp(Math.max(...used, limit ?? 0) * 1.05, 1024)}
      limit={limit}
      format={formatSize}
    />
  );
}
