import { LongAnswer } from '../../parts/long-answer.tsx';
import { Title } from '../../parts/title.tsx';
import { RefusalsCard } from './refusals-card.tsx';

/** Which rule refused what. */
export function RefusalsLook() {
  return (
    <>
      <Title title="Refusals">Which rule refused a request, and whose?</Title>
      <LongAnswer
        verb="refusals"
        input={{}}
        everyMs={10_000}
        count={({ refusals }) => refusals.length}
      >
        {({ refusals }) => <RefusalsCard refusals={refusals} />}
      </LongAnswer>
    </>
  );
}
