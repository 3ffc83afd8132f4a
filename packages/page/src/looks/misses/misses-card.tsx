import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDuration } from '../../format/format-age.ts';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLink } from '../../parts/image-link.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { formatRoute } from '../../routes/route.ts';

type Miss = VerbOutput<'misses'>['misses'][number];

const COLUMNS: readonly Column<Miss>[] = [
  { head: 'When', cell: ({ time }) => <Time at={time} /> },
  { head: 'Image', cell: ({ image }) => <ImageLink name={image} />, isName: true },
  { head: 'Kind', cell: ({ kind }) => kind, isWord: true },
  { head: 'Why', cell: ({ reason }) => reason },
  { head: 'First byte', cell: ({ firstByteMs }) => formatDuration(firstByteMs), isNumber: true },
  { head: 'Took', cell: ({ ms }) => formatDuration(ms), isNumber: true },
  {
    head: 'Request',
    cell: ({ id }) => (
      <a href={formatRoute('misses', { id })} title={id}>
        Explain
      </a>
    ),
    isWord: true,
  },
];

/** Requests that the store alone could not answer. */
export function MissesCard({ misses }: { readonly misses: readonly Miss[] }) {
  return (
    <Card id="missed" title="The last misses">
      {misses.length === 0 ? (
        <Empty>Every request was answered from the store, as far as the access log goes.</Empty>
      ) : (
        <Table
          caption="Misses, the newest first"
          columns={COLUMNS}
          rows={misses}
          keyOf={({ time, id }) => `${time} ${id}`}
        />
      )}
      <p class="quiet foot">
        Pulls that got nothing, such as those of names that do not exist, are no misses.{' '}
        <code>registry-cache logs --json</code> has them with their ids, for the field above.
      </p>
    </Card>
  );
}
