import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatMany } from '../../format/format-count.ts';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLinks } from '../../parts/image-link.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Eviction = VerbOutput<'evictions'>['evictions'][number];

/** The reasons, in words. */
const REASONS: Readonly<Record<string, string>> = {
  reservation: 'room for a fetch',
  growth: 'the store grew past its limit',
  timer: 'above the limit at a timed look',
  start: 'above the limit at the start',
  pins: 'pins needed room',
  prune: 'by the command prune',
};

const COLUMNS: readonly Column<Eviction>[] = [
  { head: 'When', cell: ({ time }) => <Time at={time} /> },
  {
    head: 'Blob',
    cell: ({ digest, blobs, images }) => (
      <>
        {digest === undefined ? formatMany(blobs, 'more blob') : <Digest of={digest} />}{' '}
        <ImageLinks names={images} />
      </>
    ),
  },
  { head: 'Why', cell: ({ reason }) => REASONS[reason] ?? reason },
  { head: 'For', cell: ({ during }) => <ImageLinks names={during} /> },
  { head: 'Last used', cell: ({ lastAccess }) => <Time at={lastAccess} /> },
  { head: 'Size', cell: ({ bytes }) => <Bytes of={bytes} />, isNumber: true },
];

/** Blobs that were evicted. */
export function PastEvictions({ answer }: { readonly answer: VerbOutput<'evictions'> }) {
  const { blobs, bytes, evictions } = answer;
  const sum = <span class="quiet">{`${formatMany(blobs, 'blob')}, ${formatSize(bytes)}`}</span>;
  return (
    <Card id="evicted" title="Evicted" aside={sum}>
      {evictions.length === 0 ? (
        <Empty>Nothing was evicted. The store has always had room.</Empty>
      ) : (
        <Table
          caption="Evicted blobs, the newest first"
          columns={COLUMNS}
          rows={evictions}
          keyOf={({ time, digest = '' }) => `${time} ${digest}`}
        />
      )}
    </Card>
  );
}
