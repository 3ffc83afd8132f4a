import { Title } from '../../parts/title.tsx';
import { changeQuery } from '../../routes/use-route.ts';
import type { LookProps } from '../look-props.ts';
import { ImageFilter } from './image-filter.tsx';
import { ImageList } from './image-list.tsx';

/** The images that are here, or those of them with such a name. */
export function ImagesLook({ query }: LookProps) {
  const { pattern = '', sort, gone = '' } = query;
  const order = sort === 'size' ? 'size' : 'name';
  return (
    <>
      <Title title="Images">Which images are here? How large are they, and who needs them?</Title>
      <ImageFilter
        pattern={pattern}
        order={order}
        isGone={gone !== ''}
        onChange={(changed) => changeQuery('images', { ...query, ...changed })}
      />
      <ImageList
        key={`${order} ${gone} ${pattern}`}
        pattern={pattern}
        order={order}
        isGone={gone !== ''}
      />
    </>
  );
}
