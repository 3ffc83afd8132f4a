import { formatSize } from '@registry-cache/domain/format-size';
import type { Points } from './answers-plot.tsx';
import { Plot } from './plot.tsx';
import { roundUp } from './round-up.ts';

const SERIES = [
  { name: 'Saved', tone: 'main' },
  { name: 'From upstreams', tone: 'rest' },
] as const;

/** How many of the served bytes no upstream sent. */
export function BytesPlot({ points }: { readonly points: Points }) {
  const sum = (name: 'savedBytes' | 'servedBytes') =>
    points.reduce((all, point) => all + point[name], 0);
  return (
    <Plot
      title="Served bytes by the hour"
      summary={`${formatSize(sum('savedBytes'))} saved of ${formatSize(sum('servedBytes'))} served.`}
      series={SERIES}
      points={points.map(({ time, savedBytes, servedBytes }) => ({
        time,
        values: [savedBytes, Math.max(servedBytes - savedBytes, 0)],
      }))}
      max={roundUp(Math.max(...points.map(({ servedBytes }) => servedBytes)), 1024)}
      format={formatSize}
    />
  );
}
