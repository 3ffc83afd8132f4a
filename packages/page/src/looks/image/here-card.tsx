import type { VerbOutput } from '@registry-cache/admin/contract';
import { ChangeButton } from '../../change/change-button.tsx';
import { Unpin } from '../../change/unpin.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Time } from '../../parts/time.tsx';

interface HereCardProps {
  readonly image: VerbOutput<'ls'>['images'][number] | undefined;
}

/** What of the image is in the store. */
export function HereCard({ image }: HereCardProps) {
  return (
    <Card
      id="here"
      title="In the store"
      aside={image !== undefined && <Changes image={image.image} isPinned={image.pinned} />}
    >
      {image === undefined ? (
        <Empty>This tag is not here. The next pull of it fetches it.</Empty>
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

/** What may be changed about an image, by those with the right. */
function Changes({ image, isPinned }: { readonly image: string; readonly isPinned: boolean }) {
  return (
    <span class="changes">
      {isPinned ? (
        <Unpin image={image} />
      ) : (
        <ChangeButton
          verb="pin"
          input={{ image }}
          label="Pin"
          meaning={`${image} stays in the store, whatever the limit is, until it is unpinned.`}
        />
      )}
      <ChangeButton
        verb="recheck"
        input={{ image }}
        label="Recheck"
        meaning={`The next pull of ${image} asks its registry whether the tag has moved.`}
      />
    </span>
  );
}
