import type { VerbOutput } from '@registry-cache/admin/contract';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Time } from '../../parts/time.tsx';

interface HereCardProps {
  readonly image: VerbOutput<'ls'>['images'][number] | undefined;
}

/** The parts of the image in the store. */
export function HereCard({ image }: HereCardProps) {
  return (
    <Card id="here" title="In the store">
      {image === undefined ? (
        <Empty>No such tag is here.</Empty>
      ) : (
        <dl class="facts">
          <dt>Digest</dt>
          <dd>
            <Digest of={image.digest} />
          </dd>
          <dt>Platforms</dt>
          <dd>{image.platforms.join(', ') || 'none that is known'}</dd>
          <dt>Size</dt>
          <dd>
            <Bytes of={image.ownBytes} /> of its own, <Bytes of={image.sharedBytes} /> shared with
            other images
          </dd>
          <dt>Last pull</dt>
          <dd>
            <Time at={image.pulled} />
          </dd>
          <dt>Pin</dt>
          <dd>{image.pinned ? <Badge tone="good">pinned</Badge> : 'not pinned'}</dd>
          {image.gone !== undefined && (
            <>
              <dt>Upstream</dt>
              <dd>
                says since <Time at={image.gone} /> that this tag does not exist
              </dd>
            </>
          )}
        </dl>
      )}
    </Card>
  );
}
