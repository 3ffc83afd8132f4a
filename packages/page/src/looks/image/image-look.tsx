import type { VerbOutput } from '@registry-cache/admin/contract';
import type { ComponentChildren } from 'preact';
import { formatWholeName } from '../../format/format-image.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Title } from '../../parts/title.tsx';
import { formatRoute } from '../../routes/route.ts';
import type { LookProps } from '../look-props.ts';
import { ContentCard } from './content-card.tsx';
import { HereCard } from './here-card.tsx';
import { PullCard } from './pull-card.tsx';
import { PullersCard } from './pullers-card.tsx';
import { ReferrersCard } from './referrers-card.tsx';
import { RulesCard } from './rules-card.tsx';
import { TagCard } from './tag-card.tsx';

/** All about one image. */
export function ImageLook({ query: { name = '', user = '' } }: LookProps) {
  return (
    <>
      <Title title={name === '' ? 'Image' : name}>
        When was it checked, what happens at the next pull, who pulled it, and what of it is here?
      </Title>
      {name === '' ? (
        <Empty>
          Choose an image from the <a href={formatRoute('images')}>list</a>.
        </Empty>
      ) : (
        <Answer verb="explain" input={{ image: name }} everyMs={10_000}>
          {(explained) => (
            <Explained name={formatWholeName(explained)} explained={explained}>
              <RulesCard name={name} user={user} />
            </Explained>
          )}
        </Answer>
      )}
    </>
  );
}

interface ExplainedProps {
  /** As the cache calls the image, whatever the client calls it. */
  readonly name: string;
  readonly explained: VerbOutput<'explain'>;
  /** The card of the rules. */
  readonly children: ComponentChildren;
}

/** All that is known of the image: nothing for a registry that is not served. */
function Explained({ name, explained, children }: ExplainedProps) {
  const { served, manifest, referrers } = explained;
  return (
    <>
      <TagCard name={name} explained={explained} />
      {served !== 'no' && (
        <>
          <div class="cards">
            <Answer verb="ls" input={{ pattern: name, limit: 10 }} everyMs={10_000}>
              {({ images }) => <HereCard image={images.find(({ image }) => image === name)} />}
            </Answer>
            <PullersCard name={name} />
          </div>
          <ContentCard manifest={manifest} />
          <ReferrersCard referrers={referrers} />
          <PullCard name={name} />
        </>
      )}
      {children}
    </>
  );
}
