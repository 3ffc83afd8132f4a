import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { Unpin } from '../../change/unpin.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLink } from '../../parts/image-link.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { formatRoute } from '../../routes/route.ts';

type Pin = VerbOutput<'pins'>['pins'][number];

const COLUMNS: readonly Column<Pin>[] = [
  { head: 'Image', cell: ({ image }) => <ImageLink name={image} /> },
  {
    head: 'State',
    cell: ({ whole, frozen, problem }) => (
      <>
        {problem !== undefined && <Badge tone="bad">{problem}</Badge>}
        {problem === undefined && !whole && <Badge tone="warn">not all is here</Badge>}{' '}
        {frozen && <Badge tone="plain">frozen</Badge>}
      </>
    ),
  },
  {
    head: 'By',
    cell: ({ by, why }) => [by, why === 'pin' ? undefined : why].filter(Boolean).join(', '),
  },
  { head: 'Since', cell: ({ since }) => <Time at={since} /> },
  { head: 'Holds', cell: ({ heldBytes }) => <Bytes of={heldBytes} />, isNumber: true },
  { head: 'Change', cell: ({ image }) => <Unpin image={image} /> },
];

/** The pinned images. */
export function PinsCard({ answer }: { readonly answer: VerbOutput<'pins'> }) {
  const { pins, heldBytes, unreadable } = answer;
  return (
    <Card
      id="pinned"
      title="Pinned images"
      aside={<span class="quiet">{formatSize(heldBytes)} in all</span>}
    >
      {unreadable > 0 && <p class="note warn">{unreadable} folders of pins cannot be read.</p>}
      {pins.length === 0 ? (
        <Empty>
          Nothing is pinned. Choose one of the <a href={formatRoute('images')}>images</a> to keep
          it.
        </Empty>
      ) : (
        <Table caption="Pinned images" columns={COLUMNS} rows={pins} keyOf={({ image }) => image} />
      )}
    </Card>
  );
}
