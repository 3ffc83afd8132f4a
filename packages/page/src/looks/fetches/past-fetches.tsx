import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDuration } from '../../format/format-age.ts';
import { formatCount } from '../../format/format-count.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ImageLink } from '../../parts/image-link.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';

type Past = VerbOutput<'fetches'>['past'][number];

const TONES: Readonly<Record<string, Tone>> = {
  stored: 'good',
  'not-stored': 'warn',
  failed: 'bad',
};

const COLUMNS: readonly Column<Past>[] = [
  { head: 'Ended', cell: ({ ended }) => <Time at={ended} /> },
  {
    head: 'Blob',
    cell: ({ upstream, repository, digest }) => (
      <>
        <ImageLink name={`${upstream}/${repository}`} /> <Digest of={digest} />
      </>
    ),
  },
  {
    head: 'Outcome',
    cell: ({ outcome, error }) => (
      <>
        <Badge tone={TONES[outcome] ?? 'plain'}>{outcome}</Badge>
        {error !== undefined && <p class="why">{error}</p>}
      </>
    ),
  },
  { head: 'From', cell: ({ from }) => <span class="host">{from}</span> },
  { head: 'Size', cell: ({ bytes }) => <Bytes of={bytes} />, isNumber: true },
  {
    head: 'First byte',
    cell: ({ firstByteMs }) => (firstByteMs === undefined ? '–' : formatDuration(firstByteMs)),
    isNumber: true,
  },
  { head: 'Took', cell: ({ ms }) => formatDuration(ms), isNumber: true },
  { head: 'Waited', cell: ({ waited }) => formatCount(waited), isNumber: true },
];

interface PastFetchesProps {
  readonly past: readonly Past[];
  /** The time that they ran at; undefined for the last ones. */
  readonly at: string | undefined;
}

/** Fetches that have ended. */
export function PastFetches({ past, at }: PastFetchesProps) {
  const when = at === undefined ? 'The last ones' : `At ${new Date(at).toLocaleString()}`;
  return (
    <Card id="past" title={when}>
      {past.length === 0 ? (
        <Empty>
          {at === undefined
            ? 'Nothing was fetched yet. The first pull of an image fetches it.'
            : 'Nothing was being fetched at that time, as far as the history goes.'}
        </Empty>
      ) : (
        <Table
          caption="Past fetches, the newest first"
          columns={COLUMNS}
          rows={past}
          keyOf={({ since, digest, upstream }) => `${since} ${upstream} ${digest}`}
        />
      )}
    </Card>
  );
}
