import type { VerbOutput } from '@registry-cache/admin/contract';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Lasting } from '../../parts/time.tsx';
import { formatRoute } from '../../routes/route.ts';

type Upstream = NonNullable<VerbOutput<'status'>['upstreams']>[number];

interface UpstreamsCardProps {
  readonly upstreams: readonly Upstream[] | undefined;
}

/** Which upstreams answer. */
export function UpstreamsCard({ upstreams }: UpstreamsCardProps) {
  return (
    <Card
      id="upstreams"
      title="Upstreams"
      aside={<a href={formatRoute('upstreams')}>Their last day</a>}
    >
      {upstreams === undefined ? (
        <Empty>Egress is away, so their state is not known.</Empty>
      ) : upstreams.length === 0 ? (
        <Empty>No upstream is configured. Add a registry to the pull secret.</Empty>
      ) : (
        <ul class="lines">
          {upstreams.map(({ name, state, since, rateLimit }) => (
            <li key={name}>
              <span class="name">{name}</span>
              <span class="quiet">
                {rateLimit?.remaining !== undefined && `${rateLimit.remaining} pulls left, `}
                <Lasting since={since} />
              </span>
              <StateBadge state={state} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
