import type { VerbOutput } from '@registry-cache/admin/contract';
import { Badge } from '../../parts/badge.tsx';
import { Bytes } from '../../parts/bytes.tsx';
import { Time } from '../../parts/time.tsx';
import { formatImageRoute } from '../../routes/route.ts';

interface ImageRowProps {
  /** Its place in the whole table, from 1 on. */
  readonly rowIndex: number;
  /** Undefined until the server has told it. */
  readonly image: VerbOutput<'ls'>['images'][number] | undefined;
  /** Why it could not be asked. */
  readonly error: string | undefined;
}

/** An image in the list. */
export function ImageRow({ rowIndex, image, error }: ImageRowProps) {
  if (image === undefined) {
    return (
      <div role="row" aria-rowindex={rowIndex} class="row">
        <span role="cell" class="quiet">
          {error ?? '…'}
        </span>
      </div>
    );
  }
  const { image: name, platforms, ownBytes, sharedBytes, pulled, checked, pinned, gone } = image;
  return (
    <div role="row" aria-rowindex={rowIndex} class="row">
      <span role="cell" class="name">
        <a href={formatImageRoute(name)} title={name}>
          <bdi>{name}</bdi>
        </a>
        {pinned && <Badge tone="plain">pinned</Badge>}
        {gone !== undefined && (
          <Badge tone="warn">
            {/* All of it would leave the name too little room. */}
            deleted <span class="sr">upstream</span> <Time at={gone} />
          </Badge>
        )}
      </span>
      <span role="cell" data-head="Platforms" title={platforms.join(' ')}>
        {platforms.join(' ')}
      </span>
      <span role="cell" data-head="Own">
        <Bytes of={ownBytes} />
      </span>
      <span role="cell" data-head="Shared">
        <Bytes of={sharedBytes} />
      </span>
      <span role="cell" data-head="Last pull">
        <Time at={pulled} />
      </span>
      <span role="cell" data-head="Checked">
        <Time at={checked} />
      </span>
    </div>
  );
}
