import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDuration } from '../../format/format-age.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Outage = VerbOutput<'upstreams'>['outages'][number];

const COLUMNS: readonly Column<Outage>[] = [
  { head: 'Upstream', cell: ({ upstream }) => upstream },
  { head: 'Began', cell: ({ since }) => <Time at={since} /> },
  {
    head: 'Lasted',
    cell: ({ since, ended }) =>
      ended === undefined ? (
        <Badge tone="bad">still lasts</Badge>
      ) : (
        formatDuration(Date.parse(ended) - Date.parse(since))
      ),
  },
  { head: 'Why', cell: ({ reason }) => reason },
];

/** When and why upstreams were taken for down. */
export function OutagesCard({ outages }: { readonly outages: readonly Outage[] }) {
  return (
    <Card id="outages" title="Outages of the last day">
      {outages.length === 0 ? (
        <Empty>No upstream was found down in the last day.</Empty>
      ) : (
        <Table
          caption="Outages of the last day, the newest first"
          columns={COLUMNS}
          rows={outages}
          keyOf={({ upstream, since }) => `${upstream} ${since}`}
        />
      )}
    </Card>
  );
}
