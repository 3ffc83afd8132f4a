import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Title } from '../../parts/title.tsx';
import { formatRoute } from '../../routes/route.ts';
import type { LookProps } from '../look-props.ts';
import { HereCard } from './here-card.tsx';
import { PullCard } from './pull-card.tsx';
import { PullersCard } from './pullers-card.tsx';

/** All about one image. */
export function ImageLook({ query: { name = '' } }: LookProps) {
  return (
    <>
      <Title title={name === '' ? 'Image' : name}>
        Who pulled it, when was it checked, and how do I pull it?
      </Title>
      {name === '' ? (
        <Empty>
          Choose an image from the <a href={formatRoute('images')}>list</a>.
        </Empty>
      ) : (
        <Answer verb="ls" input={{ pattern: name, limit: 10 }} everyMs={10_000}>
          {({ images }) => {
            const image = images.find((one) => one.image === name);
            return (
              <div class="cards">
                <HereCard image={image} />
                <PullersCard name={name} />
                <PullCard name={name} />
              </div>
            );
          }}
        </Answer>
      )}
    </>
  );
}
