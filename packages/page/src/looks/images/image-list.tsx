import { useAddress } from '../../address/use-address.ts';
import { formatMany } from '../../format/format-count.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Time } from '../../parts/time.tsx';
import { formatRoute } from '../../routes/route.ts';
import { WindowedList } from '../../window/windowed-list.tsx';
import { ImagePart, PART_ROWS } from './image-part.tsx';

export interface ImageListProps {
  readonly pattern: string;
  readonly order: 'name' | 'size';
  /** Whether only those are listed that their upstreams have deleted. */
  readonly isGone: boolean;
}

/** A name as clients write it, and not a part of one. */
const LOOKS_WHOLE = /^[^*]*[/:][^*]*$/;
const EVERY_MS = 15_000;
const HEAD = ['Image', 'Platforms', 'Own', 'Shared', 'Last pull', 'Checked'];

/** The images that fit, of which the server is asked for those that are seen. */
export function ImageList({ pattern, order, isGone }: ImageListProps) {
  const all = { pattern, sort: order, limit: PART_ROWS } as const;
  const question = isGone ? ({ ...all, gone: true } as const) : all;
  return (
    <Answer verb="ls" input={question} everyMs={EVERY_MS}>
      {({ total, walked }) => (
        <>
          <p id="found" role="status">
            {formatMany(total, 'image')}
            {walked !== undefined && (
              <span class="quiet">
                {' '}
                as of <Time at={walked} />
              </span>
            )}
          </p>
          {total === 0 ? (
            <NoImages isWalked={walked !== undefined} pattern={pattern} isGone={isGone} />
          ) : (
            <WindowedList
              label="Images"
              head={HEAD}
              total={total}
              partRows={PART_ROWS}
              renderPart={(part) => <ImagePart question={question} part={part} total={total} />}
            />
          )}
        </>
      )}
    </Answer>
  );
}

interface NoImagesProps {
  readonly isWalked: boolean;
  readonly pattern: string;
  readonly isGone: boolean;
}

function NoImages({ isWalked, pattern, isGone }: NoImagesProps) {
  if (!isWalked) return <Empty>The store is being looked through. The list comes by itself.</Empty>;
  if (isGone) {
    return (
      <Empty>
        Nothing is kept that its upstream has deleted, as far as upstreams were asked since.
      </Empty>
    );
  }
  if (pattern === '') return <NoImageYet />;
  return (
    <Empty>
      No image here is called so. A part of the name is enough, and <code>*</code> stands for any
      text.{' '}
      {LOOKS_WHOLE.test(pattern) && (
        <a href={formatRoute('image', { name: pattern })}>What would a pull of {pattern} do?</a>
      )}
    </Empty>
  );
}

function NoImageYet() {
  const { address } = useAddress();
  return (
    <Empty>
      No image is here yet. Pull one through the cache: put its name before the image's, such as{' '}
      <code>{`${address}/quay.io/podman/hello:latest`}</code>
    </Empty>
  );
}
