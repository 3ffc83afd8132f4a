import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatMany } from '../../format/format-count.ts';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLink } from '../../parts/image-link.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Time } from '../../parts/time.tsx';

type Running = VerbOutput<'fetches'>['running'];

/** The fetches that run. */
export function RunningFetches({ running }: { readonly running: Running }) {
  return (
    <Card id="running" title="Running now">
      {running === undefined ? (
        <Empty>Egress is away, so nothing is known of its fetches.</Empty>
      ) : running.length === 0 ? (
        <Empty>Nothing is being fetched.</Empty>
      ) : (
        <ul class="lines">
          {running.map((fetch) => (
            <Fetch key={`${fetch.upstream} ${fetch.digest}`} fetch={fetch} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Fetch({ fetch }: { readonly fetch: NonNullable<Running>[number] }) {
  const { upstream, repository, digest, since, from, doneBytes, totalBytes, waiting } = fetch;
  const of = totalBytes === undefined ? '' : ` of ${formatSize(totalBytes)}`;
  const text = `${formatSize(doneBytes)}${of}`;
  return (
    <li>
      <span class="name">
        <ImageLink name={`${upstream}/${repository}`} /> <Digest of={digest} />
      </span>
      <span class="quiet">
        from {from}, began <Time at={since} />
      </span>
      <span>{formatMany(waiting, 'client')} waiting</span>
      <span class="progress">
        {totalBytes !== undefined && (
          <Meter
            label={`Progress of ${repository}`}
            value={doneBytes}
            max={totalBytes}
            text={text}
          />
        )}
        {text}
      </span>
    </li>
  );
}
