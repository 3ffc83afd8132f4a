import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatDuration } from '../../format/format-age.ts';
import { formatCount, formatShare } from '../../format/format-count.ts';
import { Answer } from '../../parts/answer.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Figure } from '../../parts/figure.tsx';
import { AnswersPlot } from '../../plots/answers-plot.tsx';

type Saved = VerbOutput<'status'>['saved'];

/** Savings of the last day. */
export function SavedCard({ saved: { day } }: { readonly saved: Saved }) {
  const { requests, savedRequests, servedBytes, savedBytes, savedMs } = day;
  return (
    <Card id="saved" title="The last day">
      {requests === 0 ? (
        <Empty>Nobody has pulled anything yet. The first pull of an image fetches it.</Empty>
      ) : (
        <dl class="figures">
          <Figure
            label="From the cache"
            value={formatShare(savedRequests, requests)}
            note={`${formatCount(savedRequests)} of ${formatCount(requests)} requests`}
          />
          <Figure
            label="Bytes saved"
            value={formatSize(savedBytes)}
            note={`of ${formatSize(servedBytes)} served`}
          />
          <Figure label="Time saved" value={formatDuration(savedMs)} note="of waiting, about" />
        </dl>
      )}
      {requests > 0 && (
        <Answer verb="trend" input={{ hours: 24 }} everyMs={30_000}>
          {({ points }) => <AnswersPlot points={points} />}
        </Answer>
      )}
    </Card>
  );
}
