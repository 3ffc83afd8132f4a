import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatCount } from '../../format/format-count.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLink } from '../../parts/image-link.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { formatRoute } from '../../routes/route.ts';

type Refusal = VerbOutput<'refusals'>['refusals'][number];

const COLUMNS: readonly Column<Refusal>[] = [
  {
    head: 'When',
    cell: ({ time, count }) => (
      <>
        <Time at={time} />
        {count > 1 && <span class="quiet"> {formatCount(count)} times</span>}
      </>
    ),
  },
  {
    head: 'Who',
    cell: ({ who, address }) => (
      <>
        {who === '' ? 'without a login' : who} <span class="quiet">{address}</span>
      </>
    ),
  },
  {
    head: 'What',
    cell: ({ image, right }) => (
      <>
        {right !== undefined && `${right} `}
        {image === '' ? <span class="quiet">no image</span> : <ImageLink name={image} />}
      </>
    ),
  },
  {
    head: 'Rule',
    cell: ({ by, rule }) => (
      <Badge tone="plain">{rule === undefined ? by : `${by}, rule ${rule}`}</Badge>
    ),
  },
  { head: 'Reason', cell: ({ reason }) => reason },
  {
    head: 'Request',
    cell: ({ id }) =>
      id !== undefined && (
        <a href={formatRoute('misses', { id })} title={id}>
          Explain
        </a>
      ),
    isWord: true,
  },
];

/** Refused requests. */
export function RefusalsCard({ refusals }: { readonly refusals: readonly Refusal[] }) {
  return (
    <Card id="refused" title="Refused requests">
      {refusals.length === 0 ? (
        <Empty>No rule has refused a request, as far as the audit log goes.</Empty>
      ) : (
        <Table
          caption="Refused requests, the newest first"
          columns={COLUMNS}
          rows={refusals}
          keyOf={({ time, id = '', who, address, image, right = '' }) => {
            return [time, id, who, address, image, right].join(' ');
          }}
        />
      )}
    </Card>
  );
}
