import { Answer } from '../../parts/answer.tsx';
import { Title } from '../../parts/title.tsx';
import { PastEvictions } from './past-evictions.tsx';

/** What was evicted, and what goes next. */
export function EvictionsLook() {
  return (
    <>
      <Title title="Evictions">What was evicted, when, why, and for whom? What goes next?</Title>
      <Answer verb="evictions" input={{ limit: 100 }} everyMs={10_000}>
        {(answer) => <PastEvictions answer={answer} />}
      </Answer>
    </>
  );
}
