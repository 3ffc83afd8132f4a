import { LongAnswer } from '../../parts/long-answer.tsx';
import { Title } from '../../parts/title.tsx';
import { NextEvictions } from './next-evictions.tsx';
import { PastEvictions } from './past-evictions.tsx';

/** So many blobs that go next are shown. */
const NEXT = 10;

/** Past evictions and the next ones. */
export function EvictionsLook() {
  return (
    <>
      <Title title="Evictions">What goes next? What was evicted, when, why, and for whom?</Title>
      <LongAnswer
        verb="evictions"
        input={{ next: NEXT }}
        everyMs={10_000}
        count={({ evictions }) => evictions.length}
      >
        {(answer) => (
          <>
            <NextEvictions next={answer.next} />
            <PastEvictions answer={answer} />
          </>
        )}
      </LongAnswer>
    </>
  );
}
