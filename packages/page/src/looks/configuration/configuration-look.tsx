import type { VerbOutput } from '@registry-cache/admin/contract';
import { ChangeButton } from '../../change/change-button.tsx';
import { formatMany } from '../../format/format-count.ts';
import { Answer } from '../../parts/answer.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { Title } from '../../parts/title.tsx';

type Change = VerbOutput<'check'>['changes'][number];

const COLUMNS: readonly Column<Change>[] = [
  { head: 'When', cell: ({ time }) => <Time at={time} /> },
  {
    head: 'Outcome',
    cell: ({ refused }) => (
      <Badge tone={refused ? 'bad' : 'good'}>{refused ? 'refused' : 'in use'}</Badge>
    ),
  },
  { head: 'What', cell: ({ what }) => what },
];

/** Whether the files are in use. */
export function ConfigurationLook() {
  return (
    <>
      <Title title="Configuration">Is the configuration that runs the one in the files?</Title>
      <Answer verb="check" input={{}} everyMs={5_000}>
        {({ inUse, refusedChanges, changes }) => (
          <>
            <InUse inUse={inUse} />
            <Card
              id="changes"
              title="Changes"
              aside={
                <ChangeButton
                  verb="reload"
                  input={{}}
                  label="Read the files again"
                  meaning="The cache follows the files anyway. It reads them again within seconds."
                />
              }
            >
              {refusedChanges > 0 && (
                <p class="quiet">
                  {formatMany(refusedChanges, 'change')} could not be used since the start.
                </p>
              )}
              {changes.length === 0 ? (
                <Empty>The files have not changed since the start.</Empty>
              ) : (
                <Table
                  caption="Changes of the configuration, the newest first"
                  columns={COLUMNS}
                  rows={changes}
                  keyOf={({ time, what }) => `${time} ${what}`}
                />
              )}
            </Card>
          </>
        )}
      </Answer>
    </>
  );
}

function InUse({ inUse }: { readonly inUse: boolean | undefined }) {
  const [tone, text] =
    inUse === undefined
      ? ['warn', 'The files were not looked at yet.']
      : inUse
        ? ['good', 'The cache uses the newest files.']
        : ['bad', 'The newest files are not in use: they are broken. The last good ones stay.'];
  return (
    <p id="in-use" class={`note ${tone}`} role="status">
      {text}
    </p>
  );
}
