import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatDuration } from '../../format/format-age.ts';
import { formatCount, formatShare } from '../../format/format-count.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Figure } from '../../parts/figure.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Period = VerbOutput<'saved'>['periods'][number];
type OfUpstream = Period['upstreams'][number];

const COLUMNS: readonly Column<OfUpstream>[] = [
  { head: 'Upstream', cell: ({ upstream }) => upstream },
  { head: 'Requests', cell: ({ requests }) => formatCount(requests), isNumber: true },
  {
    head: 'Saved',
    cell: ({ savedRequests, requests }) => formatShare(savedRequests, requests),
    isNumber: true,
  },
  { head: 'Bytes saved', cell: ({ savedBytes }) => formatSize(savedBytes), isNumber: true },
];

/** Savings of one period, by upstream. */
export function PeriodCard({ period }: { readonly period: Period }) {
  const { requests, savedRequests, servedBytes, savedBytes, savedMs, upstreams, since } = period;
  return (
    <Card
      id={`saved-${period.period}`}
      title={`The last ${period.period}`}
      aside={
        <span class="quiet">
          since <Time at={since} />
        </span>
      }
    >
      {requests === 0 ? (
        <Empty>Nobody has pulled anything in this time.</Empty>
      ) : (
        <>
          <dl class="figures">
            <Figure
              label="Requests saved"
              value={formatShare(savedRequests, requests)}
              note={`${formatCount(savedRequests)} of ${formatCount(requests)}`}
            />
            <Figure
              label="Bytes saved"
              value={formatSize(savedBytes)}
              note={`of ${formatSize(servedBytes)}`}
            />
            <Figure label="Time saved" value={formatDuration(savedMs)} note="about" />
          </dl>
          <Table
            caption={`Savings of the last ${period.period} by upstream`}
            columns={COLUMNS}
            rows={upstreams}
            keyOf={({ upstream }) => upstream}
          />
        </>
      )}
    </Card>
  );
}
