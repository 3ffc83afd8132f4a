import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDuration } from '../../format/format-age.ts';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Followed = VerbOutput<'jobs'>['followed'][number];

const COLUMNS: readonly Column<Followed>[] = [
  { head: 'List', cell: ({ list }) => list },
  { head: 'Every', cell: ({ everyMs }) => formatDuration(everyMs) },
  { head: 'Last success', cell: ({ succeeded }) => <Time at={succeeded} /> },
  {
    head: 'Next',
    cell: ({ running, next }) =>
      running ? <Badge tone="plain">runs now</Badge> : <Time at={next} />,
  },
  { head: 'Failure', cell: ({ error }) => error },
];

/** The lists that the policy file has warmed. */
export function FollowedCard({ followed }: { readonly followed: readonly Followed[] }) {
  return (
    <Card id="followed" title="Lists of the policy file">
      <Table
        caption="Lists that are warmed again and again"
        columns={COLUMNS}
        rows={followed}
        keyOf={({ list }) => list}
      />
    </Card>
  );
}
