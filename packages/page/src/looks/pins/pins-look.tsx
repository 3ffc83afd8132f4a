import { Answer } from '../../parts/answer.tsx';
import { Title } from '../../parts/title.tsx';
import { PinsCard } from './pins-card.tsx';

/** Images that are kept whatever the limit is. */
export function PinsLook() {
  return (
    <>
      <Title title="Pins">Which images are kept, whatever the limit of the store is?</Title>
      <Answer verb="pins" input={{}} everyMs={10_000}>
        {(answer) => <PinsCard answer={answer} />}
      </Answer>
    </>
  );
}
