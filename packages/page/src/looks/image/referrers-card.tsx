import type { VerbOutput } from '@registry-cache/admin/contract';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { type Column, Table } from '../../parts/table.tsx';

type Referrer = VerbOutput<'explain'>['referrers'][number];

const COLUMNS: readonly Column<Referrer>[] = [
  { head: 'Manifest', cell: ({ digest }) => <Digest of={digest} /> },
  { head: 'Kind', cell: ({ artifactType }) => artifactType || 'not known' },
  {
    head: 'State',
    cell: ({ here }) => <Badge tone={here ? 'good' : 'plain'}>{here ? 'here' : 'not here'}</Badge>,
  },
  { head: 'Size', cell: ({ bytes }) => <Bytes of={bytes} />, isNumber: true },
];

/** Signatures, SBOMs and other artifacts of an image. */
export function ReferrersCard({ referrers }: { readonly referrers: readonly Referrer[] }) {
  return (
    <Card id="referrers" title="Signatures and other referrers">
      {referrers.length === 0 ? (
        <Empty>None is known. The cache learns of them when a client asks for them.</Empty>
      ) : (
        <Table
          caption="Artifacts that refer to the image"
          columns={COLUMNS}
          rows={referrers}
          keyOf={({ digest }) => digest}
        />
      )}
    </Card>
  );
}
