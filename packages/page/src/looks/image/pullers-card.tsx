import { formatCount, formatMany } from '../../format/format-count.ts';
import { Answer } from '../../parts/answer.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

/** Clients that pulled from the repository of the image. */
export function PullersCard({ name }: { readonly name: string }) {
  return (
    <Card id="pullers" title="Who pulled it">
      <Answer verb="pulls" input={{ image: name }} everyMs={10_000}>
        {({ upstream, repository, references, pullers }) => {
          const pulls = references.reduce((sum, reference) => sum + reference.pulls, 0);
          const misses = references.reduce((sum, reference) => sum + reference.misses, 0);
          if (pulls === 0 && pullers.length === 0) {
            return <Empty>Nobody has pulled it, as far as the history goes.</Empty>;
          }
          return (
            <>
              <p>
                {formatMany(pulls, 'pull')} of this image
                <span class="quiet">
                  ; the upstream was asked for {formatCount(misses)} of them
                </span>
              </p>
              <p class="quiet">From its repository, with all tags:</p>
              <Table
                caption={`Users and addresses that pulled from ${upstream}/${repository}`}
                rows={pullers}
                keyOf={({ who }) => who}
                columns={[
                  { head: 'Who', cell: ({ who }) => who },
                  { head: 'Pulls', cell: ({ pulls }) => formatCount(pulls), isNumber: true },
                  { head: 'Last', cell: ({ last }) => <Time at={last} /> },
                ]}
              />
            </>
          );
        }}
      </Answer>
    </Card>
  );
}
