import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Time } from '../../parts/time.tsx';

type Job = VerbOutput<'jobs'>['jobs'][number];

const TONES: Readonly<Record<Job['state'], Tone>> = {
  running: 'plain',
  done: 'good',
  failed: 'bad',
  interrupted: 'warn',
  'broken off': 'warn',
};

/** Jobs, those that run and those that have ended. */
export function JobsCard({ jobs }: { readonly jobs: readonly Job[] }) {
  return (
    <Card id="jobs" title="Jobs">
      {jobs.length === 0 ? (
        <Empty>
          No job has run yet. <code>registry-cache warm</code> fetches images before they are
          needed.
        </Empty>
      ) : (
        <ul class="lines">
          {jobs.map((job) => (
            <JobLine key={job.id} job={job} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function JobLine({ job }: { readonly job: Job }) {
  const { kind, what, by, state, since, ended, progress, error, goesOnBy } = job;
  return (
    <li>
      <span class="name">
        <strong>{kind}</strong> {what}
      </span>
      <span class="quiet">
        by {by}, began <Time at={since} />
        {ended !== undefined && (
          <>
            , ended <Time at={ended} />
          </>
        )}
      </span>
      <Badge tone={TONES[state]}>{state}</Badge>
      {progress !== undefined && <Progress what={`${kind} ${what}`} progress={progress} />}
      {error !== undefined && <p class="why">{error}</p>}
      {goesOnBy !== undefined && (
        <>
          <span class="progress">To go on from there:</span>
          <Copy text={goesOnBy} label="going on" />
        </>
      )}
    </li>
  );
}

interface ProgressProps {
  readonly what: string;
  readonly progress: NonNullable<Job['progress']>;
}

function Progress({ what, progress }: ProgressProps) {
  const { doneBytes, totalBytes, doneImages, totalImages, failedImages = 0 } = progress;
  const parts = [
    (doneImages !== undefined || totalImages !== undefined) &&
      `${doneImages ?? 0} of ${totalImages ?? 'some'} images`,
    failedImages > 0 && `${failedImages} failed`,
    (doneBytes > 0 || totalBytes !== undefined) &&
      `${formatSize(doneBytes)}${totalBytes === undefined ? '' : ` of ${formatSize(totalBytes)}`}`,
  ];
  const text = parts.filter((part) => part !== false).join(', ');
  if (text === '') return null;
  return (
    <span class="progress">
      {totalBytes !== undefined && (
        <Meter label={`Progress of ${what}`} value={doneBytes} max={totalBytes} text={text} />
      )}
      {text}
    </span>
  );
}
