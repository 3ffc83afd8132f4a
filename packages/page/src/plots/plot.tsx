import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Table } from '../parts/table.tsx';
import { stackBars } from './stack-bars.ts';

/** The meaning of a part of each bar, or of a line. */
export interface Series {
  readonly name: string;
  /** A class of `style/plots.css`. */
  readonly tone: 'main' | 'rest' | 'odd';
}

export interface PlotPoint {
  readonly time: string;
  /** In the order of the series; undefined where nothing is known. */
  readonly values: readonly (number | undefined)[];
}

interface PlotProps {
  readonly title: string;
  /** The plot in one sentence, for people who do not see it. */
  readonly summary: string;
  readonly series: readonly Series[];
  readonly points: readonly PlotPoint[];
  /** The value at the top. */
  readonly max: number;
  /** A line across, such as a limit. */
  readonly limit?: number | undefined;
  readonly format: (value: number) => string;
}

const WIDTH = 600;
const HEIGHT = 120;

/** Bars over time. The same numbers are in a table below. */
export function Plot({ title, summary, series, points, max, limit, format }: PlotProps) {
  const [at, setAt] = useState<number>();
  const bars = stackBars(
    points.map(({ values }) => values.map((value) => value ?? 0)),
    max,
  );
  const follow = (event: PointerEvent) => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const index = Math.floor(((event.clientX - left) / width) * points.length);
    setAt(Math.min(Math.max(index, 0), points.length - 1));
  };
  const shown = at === undefined ? undefined : points[at];
  return (
    <figure class="plot">
      <figcaption>
        {series.map(({ name, tone }, index) => (
          <span key={name} class={`key ${tone}`}>
            {name}
            {shown !== undefined && <b> {formatValue(shown.values[index], format)}</b>}
          </span>
        ))}
        {limit !== undefined && <span class="key limit">Limit {format(limit)}</span>}
        <span class="at quiet">{shown !== undefined && formatHour(shown.time)}</span>
      </figcaption>
      <div class="canvas">
        <span class="top quiet" aria-hidden="true">
          {format(max)}
        </span>
        <svg
          role="img"
          aria-label={`${title}. ${summary}`}
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          onPointerMove={follow}
          onPointerLeave={() => setAt(undefined)}
        >
          {bars.map(({ x, width, parts }, bar) => (
            <g key={points[bar]?.time} class={bar === at ? 'at' : undefined}>
              {parts.map(({ y, height }, index) => (
                <rect
                  key={series[index]?.name}
                  class={series[index]?.tone}
                  x={x * WIDTH}
                  y={y * HEIGHT}
                  width={width * WIDTH}
                  height={height * HEIGHT}
                />
              ))}
            </g>
          ))}
          {limit !== undefined && max > 0 && (
            <line
              class="limit"
              x1="0"
              x2={WIDTH}
              y1={HEIGHT * (1 - limit / max)}
              y2={HEIGHT * (1 - limit / max)}
            />
          )}
        </svg>
      </div>
      <div class="ends quiet" aria-hidden="true">
        <span>{points[0] !== undefined && formatHour(points[0].time)}</span>
        <span>now</span>
      </div>
      <PlotTable title={title} series={series} points={points} format={format} />
    </figure>
  );
}

function PlotTable({
  title,
  series,
  points,
  format,
}: Pick<PlotProps, 'title' | 'series' | 'points' | 'format'>) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        <Table
          caption={title}
          rows={points.toReversed()}
          keyOf={({ time }) => time}
          columns={[
            { head: 'From', cell: ({ time }: PlotPoint): ComponentChildren => formatHour(time) },
            ...series.map(({ name }, index) => ({
              head: name,
              cell: ({ values }: PlotPoint) => formatValue(values[index], format),
              isNumber: true,
            })),
          ]}
        />
      )}
    </details>
  );
}

function formatValue(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '–' : format(value);
}

function formatHour(time: string): string {
  return new Date(time).toLocaleString(undefined, {
    ...{ weekday: 'short', hour: '2-digit', minute: '2-digit' },
  });
}
