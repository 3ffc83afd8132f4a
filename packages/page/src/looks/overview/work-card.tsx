import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatMany } from '../../format/format-count.ts';
import { Card } from '../../parts/card.tsx';
import { Meter } from '../../parts/meter.tsx';
import { formatRoute } from '../../routes/route.ts';

type Status = VerbOutput<'status'>;

/** What runs: fetches and jobs. */
export function WorkCard({ running, jobs }: Pick<Status, 'jobs'> & { running: Status['running'] }) {
  return (
    <Card id="work" title="Running now">
      <ul class="lines">
        <li>
          <a class="name" href={formatRoute('fetches')}>
            {running === undefined
              ? 'Fetches are not known: egress is away'
              : formatMany(running, 'fetch', 'fetches')}
          </a>
        </li>
        {jobs.length === 0 && (
          <li>
            <a class="name" href={formatRoute('jobs')}>
              No jobs
            </a>
          </li>
        )}
        {jobs.map(({ id, kind, what, doneBytes, totalBytes }) => (
          <li key={id}>
            <a class="name" href={formatRoute('jobs')}>
              {kind} {what}
            </a>
            {doneBytes !== undefined && totalBytes !== undefined && (
              <span class="progress">
                <Meter
                  label={`Progress of ${kind} ${what}`}
                  value={doneBytes}
                  max={totalBytes}
                  text={`${formatSize(doneBytes)} of ${formatSize(totalBytes)}`}
                />
                {formatSize(doneBytes)} of {formatSize(totalBytes)}
              </span>
            )}
            {doneBytes !== undefined && totalBytes === undefined && (
              <span class="quiet">{formatSize(doneBytes)} so far</span>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
