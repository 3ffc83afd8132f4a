import type { VerbOutput } from '@registry-cache/admin/contract';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLinks } from '../../parts/image-link.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Next = VerbOutput<'evictions'>['next'];
type Upcoming = NonNullable<Next>['blobs'][number];

const COLUMNS: readonly Column<Upcoming>[] = [
  { head: 'Blob', cell: ({ digest }) => <Digest of={digest} /> },
  { head: 'Of', cell: ({ images }) => <ImageLinks names={images} /> },
  { head: 'Last used', cell: ({ lastAccess }) => <Time at={lastAccess} /> },
  { head: 'Size', cell: ({ bytes }) => <Bytes of={bytes} />, isNumber: true },
];

/** Blobs that the cleaner will evict first when it needs room. */
export function NextEvictions({ next }: { readonly next: Next }) {
  const measured = next !== undefined && (
    <span class="quiet">
      as of <Time at={next.measured} />
    </span>
  );
  return (
    <Card id="next" title="What goes next" aside={measured}>
      {next === undefined ? (
        <Empty>The cleaner has not looked the store through yet. It does so within a minute.</Empty>
      ) : next.blobs.length === 0 ? (
        <Empty>
          When the cleaner looked last, no blob could go: those that came since count from its next
          look on, and pinned ones stay.
        </Empty>
      ) : (
        <>
          <p class="quiet">When the cleaner needs room, the longest unused goes first.</p>
          <Table
            caption="Blobs that are evicted next, the first one first"
            columns={COLUMNS}
            rows={next.blobs}
            keyOf={({ digest }) => digest}
          />
        </>
      )}
    </Card>
  );
}
