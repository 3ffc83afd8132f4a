import { Answer } from '../../parts/answer.tsx';
import { Title } from '../../parts/title.tsx';
import { RefusalsCard } from './refusals-card.tsx';

/** Which rule refused what. */
export function RefusalsLook() {
  return (
    <>
      <Title title="Refusals">Which rule refused a request, and whose?</Title>
      <Answer verb="refusals" input={{ limit: 50 }} everyMs={10_000}>
        {({ refusals }) => <RefusalsCard refusals={refusals} />}
      </Answer>
    </>
  );
}
