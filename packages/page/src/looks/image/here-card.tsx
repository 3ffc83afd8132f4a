import type { VerbOutput } from '@registry-cache/admin/contract';
import { formatDigest } from '../../format/format-digest.ts';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Time } from '../../parts/time.tsx';

interface HereCardProps {
  readonly image: VerbOutput<'ls'>['images'][number] | undefined;
}

/** What of the image is in the store. */
export function HereCard({ image }: HereCardProps) {
  return (
    <Card id="here" title="In the store">
      {image === undefined ? (
        <Empty>This tag is not here. The next pull of it fetches it.</Empty>
      ) : (
        <dl class="facts">
          <dt>Digest</dt>
          <dd>
            <code title={image.digest}>{formatDigest(image.digest)}</code>
          </dd>
          <dt>Platforms</dt>
          <dd>{image.platforms.join(', ') || 'none that is known'}</dd>
          <dt>Size</dt>
          <dd>
            <Bytes of={image.ownBytes} /> of its own, <Bytes of={image.sharedBytes} /> shared with
            other images
          </dd>
          <dt>Checked</dt>
          <dd>
            <Time at={image.checked} />
          </dd>
          <dt>Last pull</dt>
          <dd>
            <Time at={image.pulled} />
          </dd>
          <dt>Pin</dt>
          <dd>{image.pinned ? <Badge tone="good">pinned</Badge> : 'not pinned'}</dd>
        </dl>
      )}
    </Card>
  );
}
