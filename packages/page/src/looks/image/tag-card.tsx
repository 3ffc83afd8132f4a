import type { VerbOutput } from '@registry-cache/admin/contract';
import { Badge } from '../../parts/badge.tsx';
import { Card } from '../../parts/card.tsx';
import { Digest } from '../../parts/digest.tsx';
import { Time } from '../../parts/time.tsx';
import { ImageChanges } from './image-changes.tsx';
import { ProbePart } from './probe-part.tsx';

interface TagCardProps {
  /** As the cache calls the image. */
  readonly name: string;
  readonly explained: VerbOutput<'explain'>;
}

const NOT_SERVED = 'refused, since no registry of this name is served here';

/** The memory of a tag, and the effect of its next pull. */
export function TagCard({ name, explained }: TagCardProps) {
  const { upstream, served, tag, manifest, pinned, notes, tags = [] } = explained;
  const next = tag?.next ?? manifest?.next ?? (served === 'no' ? NOT_SERVED : undefined);
  return (
    <Card
      id="tag"
      title="The next pull"
      aside={<ImageChanges image={name} isPinned={pinned} hasTag={tag?.digest !== undefined} />}
    >
      {next !== undefined && <p class="lead">{next}</p>}
      <dl class="facts">
        <dt>Upstream</dt>
        <dd>
          {upstream ?? 'none'}
          {served === 'no' && <Badge tone="warn">not served</Badge>}
          {served === 'on demand' && <Badge tone="plain">from the first request on</Badge>}
        </dd>
        {tag?.digest !== undefined && (
          <>
            <dt>Leads to</dt>
            <dd>
              <Digest of={tag.digest} />
            </dd>
          </>
        )}
        {tag?.checked !== undefined && (
          <>
            <dt>Checked</dt>
            <dd>
              <Time at={tag.checked} />
            </dd>
          </>
        )}
        {tag?.freshUntil !== undefined && (
          <>
            <dt>Fresh until</dt>
            <dd>
              <Time at={tag.freshUntil} />
            </dd>
          </>
        )}
        {tags.length > 0 && (
          <>
            <dt>Tags here</dt>
            <dd>{tags.join(', ')}</dd>
          </>
        )}
      </dl>
      <ProbePart image={name} />
      {notes.length > 0 && (
        <ul class="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}
