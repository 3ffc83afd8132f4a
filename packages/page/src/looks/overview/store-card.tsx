import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatSize } from '@registry-cache/domain/format-size';
import { formatMany, formatShare } from '../../format/format-count.ts';
import { Answer } from '../../parts/answer.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Meter } from '../../parts/meter.tsx';
import { Time } from '../../parts/time.tsx';
import { SizePlot } from '../../plots/size-plot.tsx';

type Store = VerbOutput<'status'>['store'];

/** The size of the store against its limit. */
export function StoreCard({ store }: { readonly store: Store }) {
  return (
    <Card id="store" title="Store">
      {store === undefined ? (
        <Empty>The cleaner has not measured the store yet. It does so within a minute.</Empty>
      ) : (
        <Measured store={store} />
      )}
    </Card>
  );
}

function Measured({ store }: { readonly store: NonNullable<Store> }) {
  const { usedBytes, limitBytes, blobs, measured, oldestAccess } = store;
  const text = `${formatSize(usedBytes)} of ${formatSize(limitBytes)}`;
  return (
    <>
      <p class="large">
        <strong>{formatShare(usedBytes, limitBytes)}</strong> {text}
      </p>
      <Meter
        label="Size of the store"
        value={usedBytes}
        max={limitBytes}
        text={text}
        tone={usedBytes > limitBytes ? 'warn' : 'good'}
      />
      <p class="quiet">
        {formatMany(blobs, 'blob')}, measured <Time at={measured} />
        {oldestAccess !== undefined && (
          <>
            ; the oldest was used <Time at={oldestAccess} />
          </>
        )}
      </p>
      <Answer verb="trend" input={{ hours: 24 }} everyMs={30_000}>
        {({ points }) => <SizePlot points={points} />}
      </Answer>
    </>
  );
}
