import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Title } from '../../parts/title.tsx';
import { OutagesCard } from './outages-card.tsx';
import { UpstreamCard } from './upstream-card.tsx';

/** The upstreams, and how they were in the last day. */
export function UpstreamsLook() {
  return (
    <>
      <Title title="Upstreams">
        Which upstream is ill, since when, and why? How many pulls are left?
      </Title>
      <Answer verb="upstreams" input={{}} everyMs={5_000}>
        {({ upstreams, outages }) => (
          <>
            {upstreams === undefined && <Empty>Egress is away, so their state is not known.</Empty>}
            {upstreams?.length === 0 && (
              <Empty>No upstream is configured. Add a registry to the pull secret.</Empty>
            )}
            <div class="cards">
              {upstreams?.map((upstream) => (
                <UpstreamCard key={upstream.name} upstream={upstream} outages={outages} />
              ))}
            </div>
            <OutagesCard outages={outages} />
          </>
        )}
      </Answer>
    </>
  );
}
