import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDuration } from '../../format/format-age.ts';
import { formatMany } from '../../format/format-count.ts';
import { Meter } from '../../parts/meter.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Lasting, Time } from '../../parts/time.tsx';
import { useNowMs } from '../../parts/use-now.ts';
import { planOutages } from './plan-outages.ts';

type Answer = VerbOutput<'upstreams'>;

interface UpstreamCardProps {
  readonly upstream: NonNullable<Answer['upstreams']>[number];
  readonly outages: Answer['outages'];
}

/** One upstream: its state, its last day, and what its registry grants. */
export function UpstreamCard({ upstream, outages }: UpstreamCardProps) {
  const { name, state, since, reason, rateLimit } = upstream;
  const { limit, remaining, told } = rateLimit ?? {};
  return (
    <section class="card upstream" aria-label={name}>
      <header>
        <h2 class="name">{name}</h2>
        <StateBadge state={state} />
      </header>
      <p>
        {state} <Lasting since={since} />
      </p>
      {reason !== undefined && <p class="why">{reason}</p>}
      <OutageStrip name={name} outages={outages} />
      {remaining === undefined ? (
        <p class="quiet">It has told no limit of pulls.</p>
      ) : (
        <>
          <p>
            <strong>{formatMany(remaining, 'pull')} left</strong>
            <span class="quiet">
              {limit !== undefined && ` of ${limit}`}, told <Time at={told} />
            </span>
          </p>
          {limit !== undefined && (
            <Meter
              label={`Pulls left at ${name}`}
              value={remaining}
              max={limit}
              text={`${remaining} of ${limit} left`}
              tone={remaining * 5 < limit ? 'warn' : 'good'}
            />
          )}
        </>
      )}
    </section>
  );
}

/** A short outage is seen too, also one that has just begun; in thousandths of the day. */
const LEAST_WIDTH = 6;

function OutageStrip({ name, outages }: { name: string; outages: Answer['outages'] }) {
  const { spans, downMs } = planOutages(outages, name, useNowMs());
  const text =
    spans.length === 0
      ? 'no outage in the last day'
      : `${formatMany(spans.length, 'outage')} in the last day, ${formatDuration(downMs)} in all`;
  return (
    <div class="strip">
      <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label={text}>
        <rect class="up" width="1000" height="10" />
        {spans.map(({ from, to }) => (
          <rect
            key={from}
            class="down"
            x={Math.min(from * 1000, 1000 - LEAST_WIDTH)}
            width={Math.max((to - from) * 1000, LEAST_WIDTH)}
            height="10"
          />
        ))}
      </svg>
      <span class="quiet" aria-hidden="true">
        {text}
      </span>
    </div>
  );
}
