import type { VerbOutput } from '@registry-cache/admin/contract';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Time } from '../../parts/time.tsx';

type Upstream = NonNullable<VerbOutput<'status'>['upstreams']>[number];

const TONES: Readonly<Record<Upstream['state'], Tone>> = {
  up: 'good',
  down: 'bad',
  offline: 'plain',
};

/** Which upstreams answer. */
export function UpstreamsCard({
  upstreams,
}: {
  readonly upstreams: readonly Upstream[] | undefined;
}) {
  return (
    <Card id="upstreams" title="Upstreams">
      {upstreams === undefined ? (
        <Empty>Egress is away, so their state is not known.</Empty>
      ) : upstreams.length === 0 ? (
        <Empty>No upstream is configured. Add a registry to the pull secret.</Empty>
      ) : (
        <ul class="lines">
          {upstreams.map(({ name, state, since }) => (
            <li key={name}>
              <span class="name">{name}</span>
              <span class="quiet">
                since <Time at={since} />
              </span>
              <Badge tone={TONES[state]}>{state}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
