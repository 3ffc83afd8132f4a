import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDuration } from '../../format/format-age.ts';
import { formatMany } from '../../format/format-count.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { ImageLink } from '../../parts/image-link.tsx';
import { Time } from '../../parts/time.tsx';

type Request = VerbOutput<'request'>;

const TONES: Readonly<Record<string, Tone>> = { hit: 'good', stale: 'warn', failed: 'bad' };

/** The fate of one request. */
export function RequestCard({ request }: { readonly request: Request }) {
  const { id, time, image, method, kind, status, outcome, reason, slow, who, way } = request;
  const { bytes, ms, firstByteMs, upstream, fetch } = request;
  return (
    <Card
      id="request"
      title={`Request ${id}`}
      aside={<Badge tone={TONES[outcome] ?? 'plain'}>{outcome}</Badge>}
    >
      <p class="lead">{reason}</p>
      {slow !== undefined && <p class="lead">{slow}</p>}
      <dl class="facts">
        <dt>Asked</dt>
        <dd>
          {method} of a {kind}: <ImageLink name={image} />, <Time at={time} />
        </dd>
        <dt>By</dt>
        <dd>
          {who}, way in: {way}
        </dd>
        <dt>Answer</dt>
        <dd>
          status {status}, <Bytes of={bytes} /> in {formatDuration(ms)}, the first byte after{' '}
          {formatDuration(firstByteMs)}
        </dd>
        <dt>Upstream</dt>
        <dd>{upstream === '' ? 'none' : upstream}</dd>
        {fetch !== undefined && <Fetched fetch={fetch} />}
      </dl>
    </Card>
  );
}

function Fetched({ fetch }: { readonly fetch: NonNullable<Request['fetch']> }) {
  const { from, ms, firstByteMs, waited, outcome, error } = fetch;
  return (
    <>
      <dt>Fetch</dt>
      <dd>
        {outcome} from {from} in {formatDuration(ms)}
        {firstByteMs !== undefined && `, the first byte after ${formatDuration(firstByteMs)}`};{' '}
        {formatMany(waited, 'client')} read along
        {error !== undefined && <p class="why">{error}</p>}
      </dd>
    </>
  );
}
