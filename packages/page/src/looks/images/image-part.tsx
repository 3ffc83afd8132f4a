import type { Input } from '../../api/ask.ts';
import { useKnown } from '../../api/use-known.ts';
import { ImageRow } from './image-row.tsx';

interface ImagePartProps {
  readonly question: Input<'ls'>;
  /** Its number, from 0 on. */
  readonly part: number;
  readonly total: number;
}

export const PART_ROWS = 50;
const EVERY_MS = 15_000;

/** Some rows of the list. They are empty until the server has answered. */
export function ImagePart({ question, part, total }: ImagePartProps) {
  const skip = part * PART_ROWS;
  // The first part is the question of the whole list.
  const input = skip === 0 ? question : { ...question, skip };
  const { answer, error } = useKnown('ls', input, EVERY_MS);
  const rows = Math.min(PART_ROWS, total - skip);
  return (
    <>
      {Array.from({ length: rows }, (_, index) => (
        <ImageRow
          key={index}
          rowIndex={skip + index + 2}
          image={answer?.images[index]}
          error={index === 0 ? error : undefined}
        />
      ))}
    </>
  );
}
